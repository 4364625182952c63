/**
 * The server manager (OSDI'14 section 4.5): it decides which servers hold which keys, and notices who has gone silent.
 * Its every write is a transaction that compares its term, so that nothing of a deposed manager has an effect.
 */
import { assert } from "../assert.ts";
import { isNodeId, type Micros, milliseconds, type NodeId, roleOf } from "../ids.ts";
import { hashText } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { leftReason, parseTermRecord, recordKeys, type TermRecord } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import { masterOf, segmentIndex, targetSegments } from "../ring/ring.ts";
import type { View, ViewSegment } from "../ring/view.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import { Evictions, type EvictionsHost } from "./evictions.ts";
import { filledWhileEmpty, planView, type Servers } from "./plan-view.ts";
import { missingServers, serversIn } from "./servers.ts";
import { Rollback, type RollbackPlan } from "./rollback.ts";
import { SilenceWatch } from "./silence-watch.ts";

type State =
  /** Another manager leads, or nobody yet. */
  | { readonly type: "following"; readonly since: Micros }
  /** `modified` is the revision of the term record, which every write compares. */
  | { readonly type: "leading"; readonly term: number; readonly modified: number; readonly since: Micros };

interface Proposal {
  readonly view: View;
  /** With what the view begins another lineage. */
  readonly rollback?: RollbackPlan;
}

const termKey: string = recordKeys.term("manager");
const checkTimer = "manager-check";
const retryTimer = "manager-retry";
/** Of the silence after which a manager is deposed: 64 times `suspectAfterMs`. */
const patienceDoublingsMax = 6;
const viewTimer = "manager-view";

export class Manager implements RoleLogic {
  private readonly shell: Shell;
  private readonly silences: SilenceWatch;
  private state: State;
  private checkDue: Micros;
  private isProposing: boolean = false;
  /** While a view was being written there was reason for another one. */
  private isAskedAgain: boolean = false;
  private hasFailed: boolean = false;
  private isCampaigning: boolean = false;
  /** How often this one has taken the term from another that was silent. */
  private depositions: number = 0;
  /** In the view of number `filledIn`: for each segment those that were filled with it. */
  private readonly filled = new Map<number, Set<NodeId>>();
  private filledIn: number = 0;
  /** Servers that were asked to leave, with the incarnation that was. */
  private readonly leaving = new Map<NodeId, number>();
  private readonly evictions: Evictions;
  private readonly rollback: Rollback;

  constructor(shell: Shell) {
    this.shell = shell;
    this.evictions = new Evictions(shell, this.evictionsHost());
    this.rollback = new Rollback(shell, () => this.proposeView());
    this.silences = new SilenceWatch(milliseconds(shell.options.suspectAfterMs));
    this.state = { type: "following", since: shell.now };
    this.checkDue = shell.now;
  }

  started(): void {
    this.state = { type: "following", since: this.shell.now };
    this.campaign();
  }

  received(from: NodeId, message: Message): void {
    if (this.state.type !== "leading") return;
    if (message.type === "filled") return this.filledBy(from, message);
    // Anything else is for another role: nothing that a peer says may stop the job.
    if (message.type !== "heartbeat") return;
    this.silences.heard(from, this.shell.now);
    this.evictions.heard(from);
    if (message.isLeaving) this.leaves(from);
    const { term } = this.state;
    const view = this.shell.view?.number ?? 0;
    this.shell.send(from, "control", { type: "heartbeat-answered", count: message.count, term, view });
  }

  timerFired(timer: string): void {
    if (timer === checkTimer) this.check();
    if (timer === viewTimer) this.proposeView();
    if (timer !== retryTimer) return;
    if (this.state.type === "leading") this.proposeView();
    else this.campaign();
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    if (key === termKey) return this.termChanged(record);
    const name = key.startsWith(recordKeys.nodesPrefix) ? key.slice(recordKeys.nodesPrefix.length) : "";
    if (this.state.type !== "leading") return isNodeId(name) ? this.campaign() : undefined;
    if (isNodeId(name)) this.memberChanged(name);
    if (key === recordKeys.view) for (const node of this.leaving.keys()) this.leaves(node);
    const isOfView = key === recordKeys.view || key === recordKeys.job || key === recordKeys.checkpoint;
    if (isNodeId(name) || isOfView) this.proposeView();
  }

  handle(event: Event): void {
    if (event.type === "decommission-requested") this.evictions.decommission(event.node);
    else if (event.type === "peer-refused" && !this.hasEnded()) this.evictions.refused(event);
    else if (event.type === "stop-requested") this.shell.effect({ type: "stopped", reason: event.reason });
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
    const missing = state.type === "leading" ? missingServers(this.shell) : [];
    if (missing.length > 0) {
      const count = `${serversIn(this.shell).length} of ${shell.options.serverCount} servers registered`;
      const edge = { kind: "members", missing } as const;
      return [{ ...wait, waitsFor: `${missing.join(", ")} (${count})`, edge }];
    }
    const key = state.type === "leading" ? recordKeys.view : termKey;
    return [{ ...wait, waitsFor: `the registry to write ${key}`, edge: { kind: "registry", key } }];
  }

  digest(): number {
    const filled = [...this.filled].map(([segment, peers]) => `${segment}:${[...peers].join(",")}`);
    return hashText(
      [
        JSON.stringify(this.state),
        this.checkDue,
        this.isProposing,
        this.isCampaigning,
        this.depositions,
        this.hasFailed,
        this.filledIn,
        filled,
        this.evictions,
        [...this.leaving],
        this.silences,
      ].join("|"),
    )[0];
  }

  /**
   * Another manager leads and is silent. Each time that this one has deposed one it is more patient: where two hear each
   * other in one direction only, they would take the term from each other for ever.
   */
  managerSuspected(silentMs: number): void {
    const patience = 2 ** Math.min(this.depositions, patienceDoublingsMax);
    if (this.state.type !== "following" || silentMs < this.shell.options.suspectAfterMs * patience) return;
    this.campaign(true);
  }

  /** Takes the next term, unless another manager has the present one and there is no reason to depose it. */
  private campaign(isDeposing: boolean = false): void {
    const { shell } = this;
    if (this.isCampaigning) return;
    const record = shell.record(termKey);
    const present = record === undefined ? undefined : parseTerm(record);
    if (present !== undefined && !isDeposing && this.acts(present)) return;
    const term = (present?.term ?? 0) + 1;
    const compare = [{ key: termKey, modified: record?.modified ?? 0 }];
    const { id, incarnation } = shell;
    this.isCampaigning = true;
    this.write(termKey, { leader: id, incarnation, term } satisfies TermRecord, compare, (answer) => {
      this.isCampaigning = false;
      if (this.state.type === "leading") return;
      if (isDeposing) this.depositions += 1;
      // A later life of this node, or a write whose answer was lost, may have the term: the next try will see.
      if (answer.type !== "transacted" || !answer.succeeded) this.unanswered(termKey, answer);
      else this.elected(term, answer.revision);
    });
  }

  /** Another manager has the term and is a member, in the life in which it was elected. */
  private acts({ leader, incarnation }: TermRecord): boolean {
    if (leader === this.shell.id || !isNodeId(leader)) return false;
    const member = this.shell.members.get(leader);
    return member !== undefined && (incarnation === undefined || incarnation === member.incarnation);
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
    this.evictions.changed(node);
    if (this.shell.members.has(node)) this.silences.watch(node, this.shell.now);
    else this.silences.forget(node);
  }

  /** A master of the present view says that a server has been filled with one of its segments. */
  private filledBy(from: NodeId, { segment, view, peer }: Extract<Message, { type: "filled" }>): void {
    const present = this.shell.view;
    if (this.state.type !== "leading" || present === undefined || present.number !== view) return;
    const index = segmentIndex(present, segment);
    if (index === undefined || masterOf(present, index) !== from) return;
    this.forgetFilledBefore(view);
    const peers = this.filled.get(segment) ?? new Set<NodeId>();
    this.filled.set(segment, peers.add(peer));
    // Others are about to say the same: one view tells all of it.
    this.shell.setTimer(viewTimer, (this.shell.now + milliseconds(this.shell.options.viewBatchMs)) as Micros);
  }

  /** Writes the view that follows from the present one and from who lives; where nothing changes, none. */
  private proposeView(): void {
    if (this.state.type !== "leading" || this.hasEnded()) return;
    // The watch may tell of the view, and of more, before the write is answered.
    this.isAskedAgain = this.isProposing;
    if (this.isProposing) return;
    const record = this.shell.record(recordKeys.view);
    const next = record === undefined ? this.firstView() : this.nextView();
    if (next === undefined) return;
    const { view: proposed, rollback } = next;
    const { modified, term } = this.state;
    const compare = [
      { key: termKey, modified },
      { key: recordKeys.view, modified: record?.modified ?? 0 },
      ...(rollback?.compare ?? []),
    ];
    // Those that are being filled were taken for full, which is true only as long as there is nothing to fill them with.
    if (this.shell.job === undefined) compare.push({ key: recordKeys.job, modified: 0 });
    this.isProposing = true;
    const put = { type: "put", key: recordKeys.view, value: JSON.stringify(proposed), lease: 0 } as const;
    const writes = [...(rollback?.writes ?? []), put];
    this.shell.registry({ type: "transact", compare, writes }, (answer) => {
      this.isProposing = false;
      // Where a comparison failed there is another view or a newer term, and the watch tells of it.
      if (answer.type !== "transacted") return this.unanswered(recordKeys.view, answer);
      if (answer.succeeded) {
        if (rollback !== undefined) this.shell.observe(rollback.fact(term));
        this.shell.observe({ type: "view-published", term, view: proposed });
      }
      if (this.isAskedAgain) this.proposeView();
    });
  }

  /** A server goes when others hold what it holds; anyone else goes at once. */
  private leaves(node: NodeId): void {
    const member = this.shell.members.get(node);
    if (member === undefined) return;
    if (this.isListed(node, member.incarnation)) {
      if (this.leaving.get(node) === member.incarnation) return;
      this.leaving.set(node, member.incarnation);
      this.proposeView();
    } else this.evictions.evict(node, leftReason);
  }

  private isListed(node: NodeId, incarnation: number): boolean {
    return roleOf(node) === "server" && this.shell.view?.incarnations[node] === incarnation;
  }

  private firstView(): Proposal | undefined {
    const { options } = this.shell;
    const servers = serversIn(this.shell);
    if (servers.length < options.serverCount) return undefined;
    const incarnations = Object.fromEntries(
      servers.map((server) => [server, this.shell.members.get(server)?.incarnation ?? 0]),
    );
    const segments = targetSegments(servers, options);
    return { view: { number: 1, lineage: 1, incarnations, segments } };
  }

  private nextView(): Proposal | undefined {
    const { view, options } = this.shell;
    // The record is newer than what is known of it.
    if (view === undefined || view.number < this.filledIn) return undefined;
    this.forgetFilledBefore(view.number);
    const servers = this.liveServers();
    const { view: planned, lost } = planView(view, servers, options.replicas);
    if (lost.length === 0) return planned && { view: planned };
    const next = this.rollback.next(view, lost[0], servers);
    if (next.type === "impossible") this.fail(next.reason);
    return next.type === "planned" ? { view: next.plan.view, rollback: next.plan } : undefined;
  }

  private forgetFilledBefore(view: number): void {
    if (view > this.filledIn) this.filled.clear();
    this.filledIn = Math.max(view, this.filledIn);
  }

  private liveServers(): Servers {
    const live = new Map(
      serversIn(this.shell).map((server) => [server, this.shell.members.get(server)?.incarnation ?? 0]),
    );
    const leaving = new Set(
      [...this.leaving].filter(([node, life]) => live.get(node) === life).map(([node]) => node),
    );
    const { job, view } = this.shell;
    const isEmpty = job === undefined && view !== undefined;
    return { live, leaving, filled: isEmpty ? filledWhileEmpty(view) : this.filled };
  }

  private check(): void {
    if (this.state.type !== "leading") return;
    const silences = this.silences.check(this.shell.now, this.checkDue);
    this.checkLater();
    if (this.hasEnded()) return;
    // One that hears from fewer than half may be the one that is cut off: it is patient before it believes its ears.
    const isAlone = 2 * silences.length > this.silences.count;
    for (const silence of silences) this.evictions.suspect(silence, isAlone);
  }

  /** A segment whose last full holders these are. */
  private lostWithout(nodes: Iterable<NodeId>): ViewSegment | undefined {
    const { view, options } = this.shell;
    if (view === undefined) return undefined;
    const servers = this.liveServers();
    const live = new Map(servers.live);
    for (const gone of nodes) live.delete(gone);
    return planView(view, { ...servers, live }, options.replicas).lost[0];
  }

  private evictionsHost(): EvictionsHost {
    return {
      leading: () => {
        const { state } = this;
        if (state.type !== "leading") return undefined;
        return { term: state.term, compare: { key: termKey, modified: state.modified } };
      },
      lostWithout: (nodes) => this.lostWithout(nodes),
      canRollBack: () => this.rollback.isPossible,
      write: (key, value, compare, answered) => this.write(key, value, compare, answered),
      fail: (reason) => this.fail(reason),
    };
  }

  private fail(reason: string): void {
    if (this.hasEnded()) return;
    this.hasFailed = true;
    this.shell.fail(reason);
  }

  private hasEnded(): boolean {
    const ends = [recordKeys.result, recordKeys.failure];
    return this.hasFailed || ends.some((key) => this.shell.record(key) !== undefined);
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
}

function parseTerm(record: RegistryRecord): TermRecord {
  const term = parseTermRecord(record.value);
  assert(typeof term !== "string", `the registry's ${record.key}: ${String(term)}`);
  return term;
}
