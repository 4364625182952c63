/** Harm to the processes of a cluster of this machine: by those who started them, or with their leave. */
import { type NodeId, nodeId, type Role, roleOf } from "../../core/index.ts";
import {
  type AdminAccess,
  AdminClient,
  type Around,
  findCluster,
  freeName,
  type Hands,
  type HeldNode,
} from "../../net/index.ts";
import type { Breakage, ClusterView, Done, EventView } from "../../observe/index.ts";
import { messageOf } from "../exit.ts";
import { DoneByHand } from "./done-by-hand.ts";
import { HeldByHand } from "./held-by-hand.ts";
import type { ProcessesAtHand } from "./processes.ts";
import { type CutByHand, WireHands, type Wires, withRegistry } from "./wire-hands.ts";

export interface ProcessHandsOptions {
  readonly processes: ProcessesAtHand;
  /** Any nodes of the cluster. */
  readonly addresses: readonly string[];
  readonly access: AdminAccess;
  readonly drainTimeoutMs: number;
  /** Between the processes; undefined: somebody else started them, and they connect past this command. */
  readonly wires?: Wires;
  /** The job, as a scenario has it; undefined: whoever saves one says it. */
  readonly job?: { readonly path: string; readonly options: Readonly<Record<string, number>> };
}

/** Something that was said about what was done is shown for so long. */
const saidMs = 4_000;
/** A process that is slowed down runs for so long, and then stands still for longer. */
const sliceMs = 20;
/** So that it is never silent for as long as one that is lost. */
const factorMax = 15;

export class ProcessHands implements Hands {
  readonly breakages: Hands["breakages"];
  private readonly options: ProcessHandsOptions;
  private readonly timers: Set<NodeJS.Timeout> = new Set();
  private readonly down: HeldByHand;
  private readonly wires: WireHands | undefined;
  private readonly done: DoneByHand = new DoneByHand();
  private said: { readonly text: string; readonly at: number } | undefined = undefined;
  private story: ((elapsedMs: number, around: Around) => void) | undefined = undefined;
  private around: Around | undefined = undefined;
  private readonly release = (): void => this.close();

  constructor(options: ProcessHandsOptions) {
    this.options = options;
    const { wires, processes } = options;
    const cuts = wires === undefined ? [] : (["cut", "heal"] as const);
    this.breakages = ["kill", "pause", "preempt", ...cuts, "slow", "join", "drain"];
    this.down = new HeldByHand(processes, () => this.around?.contacts ?? []);
    const taken = (node: NodeId): boolean => [...processes.taken].includes(node);
    const nowMicros = (): number => this.around?.view.atMicros ?? 0;
    this.wires = wires && new WireHands({ wires, nowMicros, isOurs: taken });
    process.once("exit", this.release);
  }

  /** What happens by itself as time passes. */
  follow(story: (elapsedMs: number, around: Around) => void): void {
    this.story = story;
  }

  ticked(elapsedMs: number, around: Around): void {
    this.around = around;
    for (const node of this.down.takeRestarted()) this.done.cameBack(node, around.view.atMicros);
    this.story?.(elapsedMs, around);
  }

  /** For the line above the panels. */
  get notice(): string | undefined {
    return this.said !== undefined && performance.now() - this.said.at < saidMs ? this.said.text : undefined;
  }

  say(text: string): void {
    this.said = { text, at: performance.now() };
  }

  held(): ReadonlyMap<string, HeldNode> {
    return this.down.all();
  }

  told(): readonly EventView[] {
    return this.wires?.told ?? [];
  }

  break(wanted: Breakage, around: Around): Done {
    this.around = around;
    const breakage = wanted.kind === "cut" ? withRegistry(wanted) : wanted;
    const did = this.doIt(breakage, around);
    if (did.ok) this.done.add(breakage, around.view);
    return did;
  }

  readonly save = (path: string, job: string | undefined, { view }: Around): Done => {
    const given = job === undefined ? this.options.job : { path: job, options: {} };
    return this.done.save({ path, job: given, view, addresses: this.options.addresses });
  };

  /** Nothing happens any more, and nobody is left standing still. */
  close(): void {
    process.off("exit", this.release);
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.wires?.close();
    this.down.releaseAll();
    this.options.processes.close();
  }

  private doIt(breakage: Breakage, { view }: Around): Done {
    if (breakage.kind === "join") return this.join(breakage.role, view);
    if (breakage.kind === "cut" || breakage.kind === "heal") return this.onWires(breakage);
    const node = nodeId(breakage.node);
    const refusal = this.refusal(node, view);
    if (refusal !== undefined) return { ok: false, reason: refusal };
    switch (breakage.kind) {
      case "kill":
        return this.kill(node, breakage.restartAfterMicros);
      case "pause":
        return this.pause(node, breakage.forMicros);
      case "slow":
        return this.slow(node, breakage.factor, breakage.forMicros);
      case "preempt":
        return this.preempt(node, breakage.noticeMicros);
      case "drain":
        this.leave(node, this.options.drainTimeoutMs);
        return { ok: true, text: `${node} was asked to hand over what it holds, and to leave` };
    }
  }

  private onWires(breakage: CutByHand | { readonly kind: "heal" }): Done {
    const { wires } = this;
    if (wires === undefined) {
      const whose = "somebody else started these processes, and their wires do not run through here";
      const others =
        "tauring demo --world grpc has wires that can be cut, and launch --scenario cuts its own";
      return { ok: false, reason: `${breakage.kind}: ${whose}; pause makes a node silent; ${others}` };
    }
    if (breakage.kind === "heal") return wires.heal();
    const refusal = wires.refusal(breakage);
    return refusal === undefined ? wires.cut(breakage) : { ok: false, reason: refusal };
  }

  private kill(node: NodeId, restartAfterMicros: number | null): Done {
    const { restartRefusal } = this.options.processes;
    if (restartAfterMicros !== null && restartRefusal !== undefined)
      return { ok: false, reason: restartRefusal };
    this.killNow(node);
    const text = `${node}: its process was killed (SIGKILL)`;
    if (restartAfterMicros === null) return { ok: true, text };
    this.later(restartAfterMicros / 1000, () => this.begin(node));
    return { ok: true, text: `${text}, and is started again in ${restartAfterMicros / 1e6} s` };
  }

  private killNow(node: NodeId): void {
    this.down.signal(node, "SIGKILL");
    this.down.hold(node, { state: "lost", reason: "its process was killed" });
  }

  private pause(node: NodeId, forMicros: number): Done {
    this.down.signal(node, "SIGSTOP");
    this.down.hold(node, { state: "paused", reason: "its process was stopped" });
    this.later(forMicros / 1000, () => {
      if (this.down.stateOf(node) !== "paused") return;
      this.down.goOn(node);
      this.say(`${node} goes on, and does not know that it stood still for ${forMicros / 1e6} s.`);
    });
    return { ok: true, text: `${node}: its process stands still (SIGSTOP) for ${forMicros / 1e6} s` };
  }

  /** Of `factor` slices of time it gets one. */
  private slow(node: NodeId, factor: number, forMicros: number): Done {
    if (factor > factorMax) {
      return {
        ok: false,
        reason: `factor ${factor}: a process can be slowed down ${factorMax} times, or it counts as lost`,
      };
    }
    const end = performance.now() + forMicros / 1000;
    this.down.hold(node, { state: "slowed", factor, reason: "its process stands still most of the time" });
    const turn = (): void => {
      if (this.down.stateOf(node) !== "slowed") return;
      if (performance.now() >= end) return this.down.goOn(node);
      this.down.signal(node, "SIGSTOP");
      this.later(sliceMs * (factor - 1), () => {
        if (this.down.stateOf(node) !== "slowed") return;
        this.down.signal(node, "SIGCONT");
        this.later(sliceMs, turn);
      });
    };
    turn();
    return {
      ok: true,
      text: `${node}: its process gets one of ${factor} slices of time for ${forMicros / 1e6} s`,
    };
  }

  private preempt(node: NodeId, noticeMicros: number): Done {
    const processId = this.down.processOf(node);
    this.leave(node, Math.max(1, Math.round(noticeMicros / 1000)));
    this.later(noticeMicros / 1000, () => {
      if (this.down.processOf(node) !== processId || this.refusal(node, this.around?.view) !== undefined)
        return;
      this.killNow(node);
      this.say(`${node} had not left within the notice: its process was killed (SIGKILL).`);
    });
    return { ok: true, text: `${node} was asked to leave, and is killed in ${noticeMicros / 1e6} s` };
  }

  private join(role: Role, view: ClusterView): Done {
    if (role === "manager") {
      return {
        ok: false,
        reason: "a second manager helps only where the registry is in etcd: tauring node join",
      };
    }
    const { taken } = this.options.processes;
    const names = [...view.nodes.map((one) => nodeId(one.node)), ...taken];
    const node = freeName(
      role,
      names.map((name) => ({ node: name })),
    );
    this.begin(node);
    return { ok: true, text: `${node}: its process is started` };
  }

  private begin(node: NodeId): void {
    this.options.processes.begin(node).then(
      (text) => {
        this.down.forget(node);
        if (text !== undefined) this.say(text);
      },
      (error: unknown) => this.say(`${node} could not start: ${messageOf(error).split("\n")[0]}`),
    );
  }

  private leave(node: NodeId, drainTimeoutMs: number): void {
    this.askToLeave(node, drainTimeoutMs).catch((error: unknown) => this.say(messageOf(error)));
  }

  private async askToLeave(node: NodeId, drainTimeoutMs: number): Promise<void> {
    const { addresses, access } = this.options;
    const answer = await findCluster(addresses, access);
    const member = answer.ok
      ? answer.found.members.find((one) => one.node === node && !one.isGone)
      : undefined;
    if (member === undefined) return this.say(`${node} is not in the cluster: it cannot be asked to leave.`);
    const client = new AdminClient({ node: member.node, address: member.address }, access);
    const left = await client.leave({ reason: "drained by hand", drainTimeoutMs, allowsFewerCopies: false });
    client.close();
    this.say(left.ok ? `${node} has left, and others have what it held.` : `${node} stays: ${left.reason}`);
  }

  private refusal(node: NodeId, view: ClusterView | undefined): string | undefined {
    const managers = view?.nodes.filter(({ role, state }) => role === "manager" && state !== "lost") ?? [];
    if (roleOf(node) === "manager" && managers.length < 2) {
      return `${node} keeps the registry of this cluster, and all ends with it: any other node would do`;
    }
    const known = this.down.stateOf(node);
    if (known === "lost") return `${node} does not live`;
    if (known !== undefined) return `${node} is ${known} already`;
    return this.options.processes.refusal(node, this.around?.contacts ?? []);
  }

  private later(afterMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, afterMs);
    this.timers.add(timer);
  }
}
