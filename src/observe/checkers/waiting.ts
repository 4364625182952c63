/** V1: who asks is answered (docs/guarantees.md P1). */
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import { madeAt, taskKey } from "./identity.ts";
import type { Lives } from "./lives.ts";
import type { SlotHolders } from "./slots.ts";
import type { World } from "./world.ts";

const kinds = ["push", "pull", "join", "leave"] as const;
type Kind = (typeof kinds)[number];

interface Asked {
  readonly slot: number;
  /** By op and parameter, pushes and pulls apart. */
  readonly since: Map<number, number>;
}

/** By the node that asks, then by slot and task. What a task asked is forgotten when the task has finished there. */
type Open = Map<string, Map<number, Asked>>;

/**
 * Pushes, pulls, joins and departures are judged apart: a bug that stalls only reads stalls nothing that a push would
 * show. What a node asked ends with the node's life, or when another holds the slot: the next holder asks again.
 */
export class Answered implements Checker {
  readonly id = "V1";
  readonly promise = "a push, a pull, a join or a departure is over within answerMaxMs of calm";
  readonly reads = [
    "push-invoked",
    "push-finished",
    "pull-invoked",
    "pull-finished",
    "task-finished",
    "leave-requested",
    "node-launched",
    "node-crashed",
    "node-started",
    "node-stopped",
    "view-adopted",
  ] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly holders: SlotHolders;
  private readonly world: World;
  private readonly answerMaxMs: number;
  private readonly open: Open = new Map();
  private readonly joining = new Map<string, number>();
  private readonly leaving = new Map<string, number>();
  private readonly lineageOf: Map<string, number> = new Map();
  private readonly longestMs: Record<Kind, number> = { push: 0, pull: 0, join: 0, leave: 0 };

  constructor(
    {
      lives,
      holders,
      world,
    }: { readonly lives: Lives; readonly holders: SlotHolders; readonly world: World },
    answerMaxMs: number,
  ) {
    this.follows = [lives, holders, world];
    this.lives = lives;
    this.holders = holders;
    this.world = world;
    this.answerMaxMs = answerMaxMs;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "push-invoked":
        return this.asks(node, fact.push, opName("push", fact.push), at);
      case "push-finished":
        return this.answered("push", { node, at, task: fact.push, report });
      case "pull-invoked":
        return this.asks(node, fact, opName("pull", fact), at);
      case "pull-finished":
        return this.answered("pull", { node, at, task: fact, report });
      case "task-finished":
        this.open.get(node)?.delete(taskKey(fact));
        return;
      case "view-adopted":
        // What it asked in a lineage that is over is asked again, or not at all.
        if (fact.lineage > (this.lineageOf.get(node) ?? 0)) this.open.delete(node);
        this.lineageOf.set(node, fact.lineage);
        return;
      case "leave-requested":
        if (fact.drains) this.leaving.set(node, at);
        return;
      case "node-launched":
        this.joining.set(fact.peer, at);
        return;
      case "node-crashed":
        return this.gone(fact.peer);
      case "node-started":
      case "node-stopped":
        return this.came(node, fact.type, at, report);
    }
  }

  finish({ at }: RunEnd, report: Report): void {
    if (this.world.isJobOver || this.lives.hasLostWords("worker")) return;
    for (const [node, tasks] of this.open) {
      for (const [key, { slot, since }] of tasks) {
        if (this.holders.hasLost(slot, node)) continue;
        for (const [name, asked] of since) {
          const kind = name % 2 === 0 ? "push" : "pull";
          this.decide(kind, `${node}'s at task ${Math.floor(key / 2 ** 20)} of slot ${slot}`, {
            since: asked,
            at,
            report,
          });
        }
      }
    }
    for (const [node, since] of this.joining) this.decide("join", `${node}'s`, { since, at, report });
    for (const [node, since] of this.leaving) this.decide("leave", `${node}'s`, { since, at, report });
  }

  measured(): Readonly<Record<string, number>> {
    return Object.fromEntries(kinds.map((kind) => [`${kind}LongestMs`, this.longestMs[kind]]));
  }

  private asks(
    node: string,
    task: { readonly slot: number; readonly time: number },
    name: number,
    at: number,
  ): void {
    const tasks = madeAt(this.open, node, () => new Map<number, Asked>());
    const { slot } = task;
    madeAt(tasks, taskKey(task), () => ({ slot, since: new Map<number, number>() })).since.set(name, at);
  }

  private answered(
    kind: "push" | "pull",
    {
      node,
      at,
      task,
      report,
    }: {
      readonly node: string;
      readonly at: number;
      readonly task: {
        readonly slot: number;
        readonly time: number;
        readonly op: number;
        readonly parameter: number;
      };
      readonly report: Report;
    },
  ): void {
    const asked = this.open.get(node)?.get(taskKey(task))?.since;
    const name = opName(kind, task);
    const since = asked?.get(name);
    if (since === undefined) return;
    asked?.delete(name);
    report.evaluated();
    this.decide(kind, `${node}'s at task ${task.time} of slot ${task.slot}`, { since, at, report });
  }

  private came(node: string, type: "node-started" | "node-stopped", at: number, report: Report): void {
    const [kind, from] =
      type === "node-started" ? (["join", this.joining] as const) : (["leave", this.leaving] as const);
    const since = from.get(node);
    this.gone(node);
    if (since === undefined) return;
    report.evaluated();
    this.decide(kind, `${node}'s`, { since, at, report });
  }

  private gone(node: string): void {
    this.open.delete(node);
    this.joining.delete(node);
    this.leaving.delete(node);
  }

  private decide(
    kind: Kind,
    whose: string,
    { since, at, report }: { readonly since: number; readonly at: number; readonly report: Report },
  ): void {
    this.longestMs[kind] = Math.max(this.longestMs[kind], (at - since) / 1000);
    const calmMs = this.world.calmMs(since, at);
    if (calmMs <= this.answerMaxMs) return;
    report.violated(`a ${kind}, ${whose}, takes ${calmMs} ms of calm; answerMaxMs is ${this.answerMaxMs}`);
  }
}

/** Parameters are below 2^10. */
function opName(
  kind: "push" | "pull",
  { op, parameter }: { readonly op: number; readonly parameter: number },
): number {
  return (op * 2 ** 10 + parameter) * 2 + (kind === "push" ? 0 : 1);
}
