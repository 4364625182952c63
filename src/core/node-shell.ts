/**
 * The node: what every role has around it. Sessions, registration, the registry's records, heartbeats and counters are
 * here; the role inside says only what is its own, and speaks to the world through `Shell`.
 */
import { assert } from "./assert.ts";
import type { CheckpointAnswer, CheckpointRequest } from "./checkpoint/checkpoint-files.ts";
import type { Compressor } from "./compressor.ts";
import { milliseconds } from "./ids.ts";
import type { Micros, NodeId } from "./ids.ts";
import type { JobSpec } from "./job.ts";
import { mix32 } from "./keys/mix.ts";
import type { Message } from "./message/message.ts";
import type { Channel, Effect, Event, Node, Wait } from "./node.ts";
import type { Observation } from "./observation.ts";
import type { NodeOptions } from "./options.ts";
import { parseFailureRecord, recordKeys } from "./registry/records.ts";
import type { RegistryAnswer, RegistryChange, RegistryRecord, RegistryRequest } from "./registry/registry.ts";
import { viewDigest } from "./ring/ring.ts";
import type { View } from "./ring/view.ts";
import { Links } from "./session/links.ts";
import type { Member, RoleLogic, Shell, Traffic } from "./shell.ts";
import { Counts } from "./shell/counts.ts";
import { heartbeatTimer, ManagerWatch } from "./shell/manager-watch.ts";
import { RecordBook } from "./shell/record-book.ts";
import type { Leader } from "./shell/record-book.ts";
import { PatientReads } from "./shell/patient-reads.ts";
import { Registration, registrationTimer } from "./shell/registration.ts";

export interface NodeShellSetup {
  readonly options: NodeOptions;
  readonly compressor: Compressor;
  readonly role: (shell: Shell) => RoleLogic;
}

/** `failing`: the failure is being written, and nothing else matters any more. */
const phases = ["registering", "running", "failing", "stopped"] as const;
type Phase = (typeof phases)[number];

const failingTimer = "shell:failing";

export class NodeShell implements Node, Shell {
  readonly id: NodeId;
  readonly options: NodeOptions;
  readonly compressor: Compressor;
  /** 0 until the node is registered. */
  incarnation: number = 0;
  now: Micros = 0 as Micros;

  private readonly role: RoleLogic;
  private readonly book: RecordBook = new RecordBook();
  private readonly links: Links;
  private readonly counts: Counts;
  private readonly registration: Registration = new Registration(this);
  private readonly managerWatch: ManagerWatch = new ManagerWatch(this);
  private readonly answers: Map<number, (answer: RegistryAnswer) => void> = new Map();
  private readonly fileAnswers: Map<number, (answer: CheckpointAnswer) => void> = new Map();
  private readonly reads: PatientReads = new PatientReads(this, (request, answered) =>
    this.askFolder(request, answered),
  );
  private readonly ownMessages: Message[] = [];
  private phase: Phase = "registering";
  private startedAt: Micros = 0 as Micros;
  private takenIncarnation: number = 0;
  private failure: string | undefined = undefined;
  private isLeaving: boolean = false;
  private requestCount: number = 0;
  private effects: Effect[] = [];

  constructor(setup: NodeShellSetup) {
    this.options = setup.options;
    this.id = setup.options.id;
    this.compressor = setup.compressor;
    this.links = new Links(this);
    this.role = setup.role(this);
    this.counts = new Counts(this, this.links, this.role);
  }

  step(event: Event, now: Micros): readonly Effect[] {
    assert(now >= this.now, () => `time goes on from ${this.now} us, not back to ${now}`);
    this.now = now;
    if (this.phase !== "stopped") this.handle(event);
    if (this.ownMessages.length > 0) this.deliverOwn();
    const effects = this.effects;
    this.effects = [];
    return effects;
  }

  digest(): number {
    const around = mix32(mix32(this.links.digest(), this.book.digest()), this.managerWatch.digest());
    const self = mix32(mix32(this.incarnation, this.requestCount), phases.indexOf(this.phase));
    return mix32(mix32(around, self), this.role.digest());
  }

  why(now: Micros): readonly Wait[] {
    if (this.phase !== "registering") return this.role.why(now);
    const key = recordKeys.node(this.id);
    const edge = { kind: "registry", key } as const;
    return [{ node: this.id, since: this.startedAt, blocked: `${this.id}`, waitsFor: "the registry", edge }];
  }

  get members(): ReadonlyMap<NodeId, Member> {
    return this.book.members;
  }

  goneIncarnation(node: NodeId): number {
    return this.book.goneNode(node)?.incarnation ?? 0;
  }

  get view(): View | undefined {
    return this.book.view;
  }

  get job(): JobSpec | undefined {
    return this.book.job;
  }

  leader(role: "manager" | "scheduler"): Leader | undefined {
    return this.book.leader(role);
  }

  record(key: string): RegistryRecord | undefined {
    return this.book.records.get(key);
  }

  send(to: NodeId, channel: Channel, message: Message, traffic?: Traffic): void {
    if (this.phase === "failing" || this.phase === "stopped") return;
    if (to === this.id) this.ownMessages.push(message);
    else this.links.send(to, channel, message, traffic);
  }

  setTimer(timer: string, at: Micros): void {
    this.effect({ type: "set-timer", timer, at });
  }

  cancelTimer(timer: string): void {
    this.effect({ type: "cancel-timer", timer });
  }

  effect(effect: Effect): void {
    if (this.phase === "stopped") return;
    if (effect.type === "stopped") this.stop(effect.reason);
    else this.effects.push(effect);
  }

  observe(fact: Observation): void {
    this.effect({ type: "observe", fact });
  }

  registry(request: RegistryRequest, answered: (answer: RegistryAnswer) => void): void {
    const id = ++this.requestCount;
    this.answers.set(id, answered);
    this.effect({ type: "registry", id, request });
  }

  checkpoints(request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void {
    this.reads.begin(request, answered);
  }

  private askFolder(request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void {
    const id = ++this.requestCount;
    this.fileAnswers.set(id, answered);
    this.effect({ type: "checkpoint", id, request });
  }

  fail(reason: string): void {
    if (this.phase === "failing" || this.phase === "stopped") return;
    this.observe({ type: "job-failed", reason });
    if (this.phase === "registering") return this.stop(reason);
    this.phase = "failing";
    this.failure = reason;
    const value = JSON.stringify({ reason, node: this.id });
    const compare = [{ key: recordKeys.failure, modified: 0 }];
    const writes = [{ type: "put", key: recordKeys.failure, value, lease: 0 } as const];
    this.registry({ type: "transact", compare, writes }, () => this.stop(reason));
    this.setTimer(failingTimer, (this.now + milliseconds(this.options.suspectAfterMs)) as Micros);
  }

  /** A message of a peer, in the order of its session, or of this node itself. */
  deliver(from: NodeId, message: Message): void {
    if (this.phase !== "running") return;
    if (message.type === "report") {
      this.send(from, "control", { type: "reported", id: message.id, statistics: this.counts.statistics() });
    } else if (message.type === "heartbeat-answered") this.managerWatch.answered(from, message.term);
    else this.role.received(from, message);
  }

  managerSuspected(silentMs: number): void {
    this.role.managerSuspected?.(silentMs);
  }

  /** The registry as it is now; the watch may have told part of it already. */
  recordsRead(records: readonly RegistryRecord[]): void {
    const { revision } = this.book;
    const missing = records.filter((record) => record.modified > revision);
    this.applyChanges(missing.map((record) => ({ type: "put", record })));
  }

  registered(incarnation: number): void {
    this.takenIncarnation = incarnation;
    this.ownRecordChanged();
  }

  refused(reason: string): void {
    this.stop(reason);
  }

  private handle(event: Event): void {
    switch (event.type) {
      case "started":
        return this.start();
      case "received":
        if (this.phase !== "failing") this.links.received(event);
        return;
      case "connected":
        return this.links.connected(event.peer, event.channel);
      case "timer-fired":
        return this.timerFired(event.timer);
      case "registry-answered": {
        const answered = this.answers.get(event.id);
        this.answers.delete(event.id);
        return answered?.(event.answer);
      }
      case "checkpoint-answered": {
        const answered = this.fileAnswers.get(event.id);
        this.fileAnswers.delete(event.id);
        return this.phase === "running" ? answered?.(event.answer) : undefined;
      }
      case "registry-changed":
        return this.applyChanges(event.changes);
      default:
        if (event.type === "stop-requested" && this.phase === "running") {
          const { reason, drains } = event;
          this.observe({ type: "leave-requested", reason, drains });
        }
        if (event.type === "stop-requested" && event.drains && this.phase === "running") {
          this.isLeaving = true;
          this.managerWatch.leaving();
        }
        if (this.phase === "running") this.role.handle(event);
        else if (event.type === "stop-requested") this.stop(this.failure ?? event.reason);
    }
  }

  private start(): void {
    this.startedAt = this.now;
    this.registration.begin();
  }

  /** Messages to itself, and those that they bring. */
  private deliverOwn(): void {
    for (let i = 0; i < this.ownMessages.length; i++) this.deliver(this.id, this.ownMessages[i]);
    this.ownMessages.length = 0;
  }

  private timerFired(timer: string): void {
    if (timer === registrationTimer) return this.registration.begin();
    if (timer === failingTimer) return this.stop(this.failure);
    if (this.phase !== "running") return;
    if (timer === heartbeatTimer) this.beat();
    else if (this.reads.timerFired(timer)) return;
    else if (!this.links.timerFired(timer)) this.role.timerFired(timer);
  }

  private beat(): void {
    this.managerWatch.beat();
    this.counts.beat();
  }

  private applyChanges(changes: readonly RegistryChange[]): void {
    for (const change of changes) {
      if (this.phase === "stopped" || !this.book.isNews(change)) continue;
      const viewBefore = this.view;
      const reason = this.book.apply(change);
      if (reason !== undefined) this.fail(reason);
      if (this.view !== undefined && this.view !== viewBefore) this.observeView(this.view);
      const record = change.type === "put" ? change.record : undefined;
      this.recordApplied(record?.key ?? (change as { readonly key: string }).key, record);
    }
  }

  private recordApplied(key: string, record: RegistryRecord | undefined): void {
    const isNode = key.startsWith(recordKeys.nodesPrefix);
    if (this.phase === "running") {
      if (isNode) this.links.peerChanged(key.slice(recordKeys.nodesPrefix.length) as NodeId);
      if (key === recordKeys.term("manager")) this.managerWatch.managerChanged();
      this.role.recordChanged(key, record);
      if (isNode) this.links.takeHeld();
    }
    if (key === recordKeys.node(this.id)) this.ownRecordChanged();
    if (record !== undefined && key === recordKeys.failure) this.stopAfterFailure(record.value);
    if (record !== undefined && key === recordKeys.result) this.stop(this.failure);
  }

  private ownRecordChanged(): void {
    const present = this.members.get(this.id)?.incarnation ?? 0;
    const own = this.takenIncarnation;
    const gone = this.book.goneNode(this.id);
    if (gone !== undefined && own > 0 && gone.incarnation === own) return this.evicted(gone.reason);
    if (own > 0 && Math.max(present, gone?.incarnation ?? 0) > own) {
      this.stop(`${this.id}#${present} has taken the place of ${this.id}#${own}`);
    } else this.startWhenKnown();
  }

  /** The role starts once the registry has accepted this incarnation, and the watch has shown it. */
  private startWhenKnown(): void {
    const isKnown = this.members.get(this.id)?.incarnation === this.takenIncarnation;
    if (this.phase !== "registering" || this.takenIncarnation === 0 || !isKnown) return;
    this.incarnation = this.takenIncarnation;
    this.phase = "running";
    this.observe({ type: "node-started", incarnation: this.incarnation });
    this.managerWatch.begin();
    this.role.started();
    this.links.takeHeld();
  }

  private stopAfterFailure(value: string): void {
    const failure = parseFailureRecord(value);
    this.stop(typeof failure === "string" ? failure : failure.reason);
  }

  private observeView(view: View): void {
    const { number, lineage } = view;
    this.observe({ type: "view-adopted", view: number, lineage, digest: viewDigest(view) });
  }

  /** It was silent for too long, or asked to leave: others have taken over what it held. */
  private evicted(reason: string): void {
    if (this.phase === "stopped") return;
    if (this.isLeaving) return this.stop(reason);
    this.end(`evicted: ${reason}`);
    this.effects.push({ type: "evicted", reason });
  }

  private stop(reason: string | undefined): void {
    if (this.phase === "stopped") return;
    this.end(reason);
    this.effects.push({ type: "stopped", reason });
  }

  private end(reason: string | undefined): void {
    this.counts.end();
    this.observe({ type: "node-stopped", reason });
    this.phase = "stopped";
  }
}
