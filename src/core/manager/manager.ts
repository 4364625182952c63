/**
 * The server manager (OSDI'14 section 4.5): it decides which servers hold which keys, and notices who has gone silent.
 * Its every write is a transaction that compares its term, so that nothing of a deposed manager has an effect.
 */
import { assert } from "../assert.ts";
import { isNodeId, type Micros, milliseconds, nodeId, type NodeId, roleOf } from "../ids.ts";
import { hashText } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { parseSlotsRecord, parseTermRecord, recordKeys, type TermRecord } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import { targetSegments } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import { SilenceWatch } from "./silence-watch.ts";

type State =
  /** Another manager leads, or nobody yet. */
  | { readonly type: "following"; readonly since: Micros }
  /** `modified` is the revision of the term record, which every write compares. */
  | { readonly type: "leading"; readonly term: number; readonly modified: number; readonly since: Micros };

const termKey: string = recordKeys.term("manager");
const checkTimer = "manager-check";
const retryTimer = "manager-retry";

export class Manager implements RoleLogic {
  private readonly shell: Shell;
  private readonly silences: SilenceWatch;
  private state: State;
  private checkDue: Micros;
  private isProposing: boolean = false;
  private hasFailed: boolean = false;
  /** Servers that came after the view, by incarnation: each is told once. */
  private readonly ignored = new Map<NodeId, number>();

  constructor(shell: Shell) {
    this.shell = shell;
    this.silences = new SilenceWatch(milliseconds(shell.options.suspectAfterMs));
    this.state = { type: "following", since: shell.now };
    this.checkDue = shell.now;
  }

  started(): void {
    this.state = { type: "following", since: this.shell.now };
    this.campaign();
  }

  received(from: NodeId, message: Message): void {
    // Anything else is for another role: nothing that a peer says may stop the job.
    if (message.type !== "heartbeat" || this.state.type !== "leading") return;
    this.silences.heard(from, this.shell.now);
    const { term } = this.state;
    const view = this.shell.view?.number ?? 0;
    this.shell.send(from, "control", { type: "heartbeat-answered", count: message.count, term, view });
  }

  timerFired(timer: string): void {
    if (timer === checkTimer) this.check();
    if (timer !== retryTimer) return;
    if (this.state.type === "leading") this.proposeView();
    else this.campaign();
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    if (key === termKey) return this.termChanged(record);
    if (this.state.type !== "leading") return;
    const name = key.startsWith(recordKeys.nodesPrefix) ? key.slice(recordKeys.nodesPrefix.length) : "";
    if (isNodeId(name)) this.memberChanged(name);
    if (isNodeId(name) || key === recordKeys.view) this.proposeView();
  }

  handle(event: Event): void {
    if (event.type === "stop-requested") this.shell.effect({ type: "stopped", reason: event.reason });
  }

  statistics(): ReturnType<RoleLogic["statistics"]> {
    return { slots: [], tasksFinished: 0 };
  }

  why(): readonly Wait[] {
    const { state, shell } = this;
    const view = shell.record(recordKeys.view);
    if (state.type === "leading" && view !== undefined) return [];
    const leader = shell.leader("manager");
    // Another one leads: this one has nothing to do.
    if (state.type === "following" && leader !== undefined && leader.node !== shell.id) return [];
    const wait = { node: shell.id, since: state.since, blocked: "view 1" };
    const missing = state.type === "leading" ? this.missingServers() : [];
    if (missing.length > 0) {
      const count = `${this.servers().length} of ${shell.options.serverCount} servers registered`;
      const edge = { kind: "members", missing } as const;
      return [{ ...wait, waitsFor: `${missing.join(", ")} (${count})`, edge }];
    }
    const key = state.type === "leading" ? recordKeys.view : termKey;
    return [{ ...wait, waitsFor: `the registry to write ${key}`, edge: { kind: "registry", key } }];
  }

  digest(): number {
    const ignored = [...this.ignored].map(([node, incarnation]) => `${node}#${incarnation}`);
    return hashText(
      [
        JSON.stringify(this.state),
        this.checkDue,
        this.isProposing,
        this.hasFailed,
        ignored,
        this.silences,
      ].join("|"),
    )[0];
  }

  /** Takes the next term, unless another manager has the present one. */
  private campaign(): void {
    const { shell } = this;
    const record = shell.record(termKey);
    const present = record === undefined ? undefined : parseTerm(record);
    if (present !== undefined && present.leader !== shell.id) return;
    const term = (present?.term ?? 0) + 1;
    const compare = [{ key: termKey, modified: record?.modified ?? 0 }];
    this.write(termKey, { leader: shell.id, term } satisfies TermRecord, compare, (answer) => {
      if (this.state.type === "leading") return;
      // A later life of this node, or a write whose answer was lost, may have the term: the next try will see.
      if (answer.type !== "transacted" || !answer.succeeded) this.unanswered(termKey, answer);
      else this.elected(term, answer.revision);
    });
  }

  private elected(term: number, modified: number): void {
    const { shell } = this;
    if ((shell.record(termKey)?.modified ?? 0) > modified) return this.follow();
    this.state = { type: "leading", term, modified, since: shell.now };
    shell.observe({ type: "leader-elected", role: "manager", term });
    for (const node of shell.members.keys()) this.memberChanged(node);
    this.checkLater();
    this.proposeView();
  }

  private termChanged(record: RegistryRecord | undefined): void {
    const isNewer =
      record === undefined || (this.state.type === "leading" && record.modified > this.state.modified);
    if (isNewer) this.follow();
    if (record === undefined) this.campaign();
  }

  private follow(): void {
    this.state = { type: "following", since: this.shell.now };
    this.shell.cancelTimer(checkTimer);
  }

  private memberChanged(node: NodeId): void {
    if (node === this.shell.id) return;
    if (!this.shell.members.has(node)) return this.silences.forget(node);
    this.silences.watch(node, this.shell.now);
    if (this.hasReturned(node)) this.fail(`${node} was restarted, and what it held is lost`);
  }

  /** It was given keys or slots in an earlier life: what it held is gone, and so is what was on its way to it. */
  private hasReturned(node: NodeId): boolean {
    const { shell } = this;
    const isServer = roleOf(node) === "server";
    const given = shell.record(isServer ? recordKeys.view : recordKeys.slots);
    const present = shell.record(recordKeys.node(node));
    if (given === undefined || present === undefined || present.modified < given.modified) return false;
    if (isServer) return shell.view?.segments.some(({ holders }) => holders.includes(node)) === true;
    const assigned = parseSlotsRecord(given.value);
    return typeof assigned !== "string" && assigned.slots.some(({ worker }) => worker === node);
  }

  private proposeView(): void {
    if (this.state.type !== "leading" || this.isProposing) return;
    const { view, options } = this.shell;
    if (this.shell.record(recordKeys.view) !== undefined) {
      if (view !== undefined) this.ignoreLateServers(view);
      return;
    }
    const servers = this.servers();
    if (servers.length < options.serverCount) return;
    const incarnations = Object.fromEntries(
      servers.map((server) => [server, this.shell.members.get(server)?.incarnation ?? 0]),
    );
    const segments = targetSegments(servers, options);
    const proposed: View = { number: 1, lineage: 1, incarnations, segments };
    const compare = [
      { key: termKey, modified: this.state.modified },
      { key: recordKeys.view, modified: 0 },
    ];
    this.isProposing = true;
    this.write(recordKeys.view, proposed, compare, (answer) => {
      this.isProposing = false;
      // Where a comparison failed there is a view or a newer term, and the watch tells of it.
      if (answer.type !== "transacted") this.unanswered(recordKeys.view, answer);
    });
  }

  /** Servers join a view that there is by moving data, which this version does not do. */
  private ignoreLateServers(view: View): void {
    const holders = new Set(view.segments.flatMap((segment) => segment.holders));
    for (const server of this.servers()) {
      const incarnation = this.shell.members.get(server)?.incarnation ?? 0;
      if (holders.has(server) || this.ignored.get(server) === incarnation) continue;
      this.ignored.set(server, incarnation);
      const reason = `${server} registered after view ${view.number}, which gives it no keys`;
      this.shell.observe({ type: "node-ignored", peer: server, reason });
    }
  }

  private check(): void {
    if (this.state.type !== "leading") return;
    const silences = this.silences.check(this.shell.now, this.checkDue);
    this.checkLater();
    if (this.hasEnded() || silences.length === 0) return;
    for (const { node, silentMs } of silences) {
      this.shell.observe({ type: "node-suspected", peer: node, silentMs });
    }
    const { suspectAfterMs } = this.shell.options;
    const [{ node, silentMs }] = silences;
    this.fail(`${node} was silent for ${silentMs} ms (suspectAfterMs ${suspectAfterMs})`);
  }

  private fail(reason: string): void {
    if (this.hasEnded()) return;
    this.hasFailed = true;
    this.shell.fail(reason);
  }

  private hasEnded(): boolean {
    const { shell, hasFailed } = this;
    return (
      hasFailed || [recordKeys.result, recordKeys.failure].some((key) => shell.record(key) !== undefined)
    );
  }

  private checkLater(): void {
    this.checkDue = (this.shell.now + milliseconds(this.shell.options.heartbeatIntervalMs)) as Micros;
    this.shell.setTimer(checkTimer, this.checkDue);
  }

  private write(
    key: string,
    value: unknown,
    compare: readonly Comparison[],
    answered: (answer: RegistryAnswer) => void,
  ): void {
    const put = { type: "put", key, value: JSON.stringify(value), lease: 0 } as const;
    this.shell.registry({ type: "transact", compare, writes: [put] }, answered);
  }

  private unanswered(key: string, answer: RegistryAnswer): void {
    if (answer.type === "refused") {
      return this.fail(`the registry refused to write ${key}: ${answer.reason}`);
    }
    const { now, options } = this.shell;
    this.shell.setTimer(retryTimer, (now + milliseconds(options.retryAfterMs)) as Micros);
  }

  private servers(): readonly NodeId[] {
    return [...this.shell.members.keys()].filter((node) => roleOf(node) === "server").sort();
  }

  /** The lowest names that are free, as many as servers are missing. */
  private missingServers(): readonly NodeId[] {
    const missing: NodeId[] = [];
    const count = this.shell.options.serverCount - this.servers().length;
    for (let i = 0; missing.length < count; i++) {
      const node = nodeId(`server-${i}`);
      if (!this.shell.members.has(node)) missing.push(node);
    }
    return missing;
  }
}

function parseTerm(record: RegistryRecord): TermRecord {
  const term = parseTermRecord(record.value);
  assert(typeof term !== "string", `the registry's ${record.key}: ${String(term)}`);
  return term;
}
