/**
 * The server manager (OSDI'14 section 4.5): it decides which servers hold which keys, and notices who has gone silent.
 * Its every write is a transaction that compares its term, so that nothing of a deposed manager has an effect.
 */
import { isNodeId, type Micros, milliseconds, type NodeId, roleOf } from "../ids.ts";
import { hashText } from "../keys/mix.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import { leftReason, recordKeys } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import { masterOf, segmentIndex, targetSegments } from "../ring/ring.ts";
import type { View, ViewSegment } from "../ring/view.ts";
import type { RoleLogic, Shell } from "../shell.ts";
import { Campaign, type CampaignHost, type Standing, termKey } from "./campaign.ts";
import { EarlyFilled, type Filled } from "./early-filled.ts";
import { Evictions, type EvictionsHost } from "./evictions.ts";
import { filledWhileEmpty, planView, type Servers } from "./plan-view.ts";
import { serversIn } from "./servers.ts";
import { Rollback, type RollbackPlan } from "./rollback.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { managerWaits } from "./waits.ts";

interface Proposal {
  readonly view: View;
  /** With what the view begins another lineage. */
  readonly rollback?: RollbackPlan;
}

const checkTimer = "manager-check";
const retryTimer = "manager-retry";
const viewTimer = "manager-view";

export class Manager implements RoleLogic {
  private readonly shell: Shell;
  private readonly silences: SilenceWatch;
  private readonly campaign: Campaign;
  private checkDue: Micros;
  private isProposing: boolean = false;
  /** What was written last, or is being written: this node may be told of it long after others are. */
  private proposed: View | undefined = undefined;
  /** While a view was being written there was reason for another one. */
  private isAskedAgain: boolean = false;
  private hasFailed: boolean = false;
  /** In the view of number `filledIn`: for each segment those that were filled with it. */
  private readonly filled = new Map<number, Set<NodeId>>();
  private filledIn: number = 0;
  private readonly early: EarlyFilled = new EarlyFilled();
  /** Servers that were asked to leave, with the incarnation that was. */
  private readonly leaving = new Map<NodeId, number>();
  private readonly evictions: Evictions;
  private readonly rollback: Rollback;

  constructor(shell: Shell) {
    this.shell = shell;
    this.evictions = new Evictions(shell, this.evictionsHost());
    this.rollback = new Rollback(shell, () => this.proposeView());
    this.silences = new SilenceWatch(milliseconds(shell.options.suspectAfterMs));
    this.campaign = new Campaign(shell, this.campaignHost());
    this.checkDue = shell.now;
  }

  started(): void {
    this.campaign.begin();
  }

  received(from: NodeId, message: Message): void {
    if (message.type === "filled") return this.filledBy(from, message);
    if (this.state.type !== "leading") return;
    // Anything else is for another role: nothing that a peer says may stop the job.
    if (message.type !== "heartbeat") return;
    this.silences.heard(from, this.shell.now);
    this.evictions.heard(from);
    if (message.isLeaving) this.leaves(from);
    if (!message.isAsking) return;
    const { term } = this.state;
    const view = this.shell.view?.number ?? 0;
    this.shell.send(from, "control", { type: "heartbeat-answered", count: message.count, term, view });
  }

  timerFired(timer: string): void {
    if (timer === checkTimer) this.check();
    if (timer === viewTimer) this.proposeView();
    if (timer !== retryTimer) return;
    if (this.state.type === "leading") this.proposeView();
    else this.campaign.run();
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    if (key === termKey) return this.campaign.termChanged(record);
    const name = key.startsWith(recordKeys.nodesPrefix) ? key.slice(recordKeys.nodesPrefix.length) : "";
    if (this.state.type !== "leading") return isNodeId(name) ? this.campaign.run() : undefined;
    if (isNodeId(name)) this.memberChanged(name);
    if (key === recordKeys.view) {
      this.evictions.viewChanged();
      this.hearEarly();
      for (const node of this.leaving.keys()) this.leaves(node);
    }
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
    const { state } = this;
    return managerWaits(this.shell, { isLeading: state.type === "leading", since: state.since });
  }

  digest(): number {
    const filled = [...this.filled].map(([segment, peers]) => `${segment}:${[...peers].join(",")}`);
    return hashText(
      [
        JSON.stringify(this.state),
        this.checkDue,
        this.isProposing,
        this.proposed?.number,
        this.campaign.isUnderWay,
        this.campaign.depositions,
        this.hasFailed,
        this.filledIn,
        filled,
        this.early,
        this.evictions,
        [...this.leaving],
        this.silences,
      ].join("|"),
    )[0];
  }

  managerSuspected(silentMs: number): void {
    this.campaign.suspects(silentMs);
  }

  private memberChanged(node: NodeId): void {
    if (node === this.shell.id) return;
    this.evictions.changed(node);
    // Its next life was not asked to leave.
    if (this.shell.members.get(node)?.incarnation !== this.leaving.get(node)) this.leaving.delete(node);
    if (this.shell.members.has(node)) this.silences.watch(node, this.shell.now);
    else this.silences.forget(node);
  }

  /** A master of the present view says that a server has been filled with one of its segments. */
  private filledBy(from: NodeId, message: Filled): void {
    const { segment, view, peer } = message;
    const present = this.shell.view;
    if (this.state.type !== "leading" || present === undefined || view > present.number) {
      return this.early.keep(from, message);
    }
    const index = segmentIndex(present, segment);
    if (view < present.number || index === undefined || masterOf(present, index) !== from) return;
    this.forgetFilledBefore(view);
    const peers = this.filled.get(segment) ?? new Set<NodeId>();
    this.filled.set(segment, peers.add(peer));
    // Others are about to say the same: one view tells all of it.
    this.shell.setTimer(viewTimer, (this.shell.now + milliseconds(this.shell.options.viewBatchMs)) as Micros);
  }

  private hearEarly(): void {
    for (const [from, said] of this.early.take(this.shell.view?.number ?? 0)) this.filledBy(from, said);
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
      ...this.evictions.unmarked(Object.keys(proposed.incarnations).filter(isNodeId)),
    ];
    // Those that are being filled were taken for full, which is true only as long as there is nothing to fill them with.
    if (this.shell.job === undefined) compare.push({ key: recordKeys.job, modified: 0 });
    this.isProposing = true;
    this.proposed = proposed;
    const put = { type: "put", key: recordKeys.view, value: JSON.stringify(proposed), lease: 0 } as const;
    const writes = [...(rollback?.writes ?? []), put];
    this.shell.registry({ type: "transact", compare, writes }, (answer) => {
      this.isProposing = false;
      // Where a comparison failed there is another view or a newer term, and the watch tells of it.
      if (answer.type !== "transacted") return this.unanswered(recordKeys.view, answer);
      if (!answer.succeeded) this.proposed = undefined;
      else {
        if (rollback !== undefined) this.shell.observe(rollback.fact(term));
        rollback?.done();
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
    return (
      roleOf(node) === "server" &&
      this.heldViews().some(({ incarnations }) => incarnations[node] === incarnation)
    );
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
    const { view: known, options } = this.shell;
    const servers = this.liveServers();
    const live = new Map(servers.live);
    for (const gone of nodes) live.delete(gone);
    for (const view of this.heldViews()) {
      const filled = view === known ? servers.filled : new Map();
      const { lost } = planView(view, { ...servers, live, filled }, options.replicas);
      if (lost.length > 0) return lost[0];
    }
    return undefined;
  }

  /** Whoever holds something in one of these may be the last who does: the view that is known, and one that may be newer. */
  private heldViews(): readonly View[] {
    const { proposed } = this;
    const { view } = this.shell;
    if (proposed === undefined || proposed.number <= (view?.number ?? 0))
      return view === undefined ? [] : [view];
    return view === undefined ? [proposed] : [view, proposed];
  }

  private get state(): Standing {
    return this.campaign.standing;
  }

  private campaignHost(): CampaignHost {
    return {
      elected: () => {
        for (const node of this.shell.members.keys()) this.memberChanged(node);
        this.hearEarly();
        this.checkLater();
        this.proposeView();
      },
      followed: () => this.shell.cancelTimer(checkTimer),
      write: (key, value, compare, answered) => this.write(key, value, compare, answered),
      unanswered: (key, answer) => this.unanswered(key, answer),
    };
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
