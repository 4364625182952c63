/**
 * A Shell for tests of one role: it records what the role sends, asks for and observes; time and the registry are in
 * the test's hands. Nothing is delivered by itself: `settle()` brings the registry's answers and changes to the role.
 */
import type {
  Channel,
  CheckpointAnswer,
  CheckpointRequest,
  Compressor,
  Effect,
  JobSpec,
  Member,
  Message,
  MessageType,
  Micros,
  NodeId,
  NodeOptions,
  Observation,
  RegistryAnswer,
  RegistryRecord,
  RegistryRequest,
  RoleLogic,
  Shell,
  Traffic,
  View,
} from "../../src/core/index.ts";
import { defaultNodeOptions, recordKeys } from "../../src/core/index.ts";

export interface Sent {
  readonly to: NodeId;
  readonly channel: Channel;
  readonly message: Message;
  readonly traffic: Traffic | undefined;
}

/** A compressor that leaves bytes as they are. */
export const plainCompressor: Compressor = {
  compress: (bytes) => bytes.slice(),
  uncompress: (bytes) => bytes.slice(),
};

export interface FakeShellSetup {
  readonly id: string;
  readonly options?: Partial<NodeOptions>;
  readonly members?: readonly string[];
  readonly view?: View;
  readonly job?: JobSpec;
  readonly compressor?: Compressor;
  /** Shared by the shells of several nodes, so that they meet in it. */
  readonly registry?: FakeRegistry;
}

export class FakeShell implements Shell {
  readonly options: NodeOptions;
  readonly id: NodeId;
  incarnation: number = 1;
  readonly compressor: Compressor;
  readonly members: Map<NodeId, Member> = new Map();
  readonly records: FakeRegistry;
  view: View | undefined;
  job: JobSpec | undefined;
  now: Micros = 0 as Micros;

  /** In order; a test may empty these. */
  readonly sent: Sent[] = [];
  readonly effects: Effect[] = [];
  readonly facts: Observation[] = [];
  readonly timers: Map<string, Micros> = new Map();
  /** Reasons given to `fail`. */
  readonly failures: string[] = [];
  /** The watch tells of a write before it is answered, as an embedded registry does. */
  isWatchFirst: boolean = false;
  private readonly leaders: Map<string, { node: NodeId; term: number }> = new Map();
  private readonly answers: (() => void)[] = [];
  /** The records as of the last `settle`, as a watch would know them. */
  private readonly seen: Map<string, RegistryRecord> = new Map();
  private role: RoleLogic | undefined;
  private seenRevision: number = 0;

  constructor(setup: FakeShellSetup) {
    this.id = setup.id as NodeId;
    this.options = {
      ...defaultNodeOptions,
      clusterId: "test",
      address: "",
      serverCount: 1,
      workerCount: 1,
      ...setup.options,
      id: this.id,
    };
    this.compressor = setup.compressor ?? plainCompressor;
    this.view = setup.view;
    this.job = setup.job;
    this.records = setup.registry ?? new FakeRegistry();
    for (const node of [setup.id, ...(setup.members ?? [])]) this.join(node);
  }

  /** The role that `settle` and `fire` speak to. */
  attach(role: RoleLogic): void {
    this.role = role;
  }

  join(node: string, incarnation: number = 1): void {
    this.members.set(node as NodeId, { node: node as NodeId, incarnation, address: "" });
  }

  leave(node: string): void {
    this.members.delete(node as NodeId);
  }

  lead(role: "manager" | "scheduler", node: string, term: number): void {
    this.leaders.set(role, { node: node as NodeId, term });
  }

  unlead(role: "manager" | "scheduler"): void {
    this.leaders.delete(role);
  }

  /** Delivers what the registry owes, until it owes nothing. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      const answered = this.answers.splice(0);
      if (!this.isWatchFirst) for (const answer of answered) answer();
      const changed = this.records.changedAfter(this.seenRevision);
      this.seenRevision = this.records.revision;
      for (const { key, record } of changed) {
        this.apply(key, record);
        this.role?.recordChanged(key, record);
      }
      if (this.isWatchFirst) for (const answer of answered) answer();
      if (answered.length === 0 && changed.length === 0) return;
    }
    throw new Error("the role and the registry answer each other without end");
  }

  /** Fires every timer due by `now`, the earliest first. */
  advance(to: number): void {
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= to);
      due.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
      const next = due[0];
      if (next === undefined) break;
      this.timers.delete(next[0]);
      this.now = Math.max(this.now, next[1]) as Micros;
      this.role?.timerFired(next[0]);
    }
    this.now = Math.max(this.now, to) as Micros;
  }

  /** Messages of one type sent so far, with their receivers. */
  sentOf<T extends MessageType>(type: T): { to: NodeId; message: Extract<Message, { type: T }> }[] {
    return this.sent
      .filter(({ message }) => message.type === type)
      .map(({ to, message }) => ({ to, message: message as Extract<Message, { type: T }> }));
  }

  effectsOf<T extends Effect["type"]>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  factsOf<T extends Observation["type"]>(type: T): Extract<Observation, { type: T }>[] {
    return this.facts.filter((fact): fact is Extract<Observation, { type: T }> => fact.type === type);
  }

  leader(role: "manager" | "scheduler"): { readonly node: NodeId; readonly term: number } | undefined {
    return this.leaders.get(role);
  }

  record(key: string): RegistryRecord | undefined {
    return this.seen.get(key);
  }

  send(to: NodeId, channel: Channel, message: Message, traffic?: Traffic): void {
    this.sent.push({ to, channel, message, traffic });
  }

  setTimer(timer: string, at: Micros): void {
    this.timers.set(timer, at);
  }

  cancelTimer(timer: string): void {
    this.timers.delete(timer);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  observe(fact: Observation): void {
    this.facts.push(fact);
  }

  registry(request: RegistryRequest, answered: (answer: RegistryAnswer) => void): void {
    const answer = this.records.answer(request);
    this.answers.push(() => answered(answer));
  }

  /** There is no folder for checkpoints. */
  checkpoints(_request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void {
    this.answers.push(() => answered({ type: "failed", reason: "there is no folder" }));
  }

  fail(reason: string): void {
    this.failures.push(reason);
  }

  private apply(key: string, record: RegistryRecord | undefined): void {
    if (record === undefined) {
      this.seen.delete(key);
      return;
    }
    this.seen.set(key, record);
    if (key === recordKeys.job) this.job = JSON.parse(record.value) as JobSpec;
    if (key === recordKeys.view) this.view = JSON.parse(record.value) as View;
    if (key.startsWith(recordKeys.nodesPrefix)) {
      const { incarnation, gone } = JSON.parse(record.value) as { incarnation?: number; gone?: string };
      const node = key.slice(recordKeys.nodesPrefix.length);
      if (gone === undefined) this.join(node, incarnation);
      else this.leave(node);
    }
    if (key === "term/manager" || key === "term/scheduler") {
      const { leader, term } = JSON.parse(record.value) as { leader: string; term: number };
      this.lead(key === "term/manager" ? "manager" : "scheduler", leader, term);
    }
  }
}

/** Records with revisions and compare-and-set; leases are granted and never expire. */
export class FakeRegistry {
  revision: number = 0;
  private readonly records: Map<string, RegistryRecord> = new Map();
  private readonly history: { revision: number; key: string; record: RegistryRecord | undefined }[] = [];
  private leases: number = 0;

  get(key: string): RegistryRecord | undefined {
    return this.records.get(key);
  }

  put(key: string, value: unknown): void {
    this.write(key, JSON.stringify(value), 0);
  }

  changedAfter(revision: number): { key: string; record: RegistryRecord | undefined }[] {
    return this.history.filter((change) => change.revision > revision);
  }

  answer(request: RegistryRequest): RegistryAnswer {
    switch (request.type) {
      case "transact": {
        const holds = request.compare.every(
          ({ key, modified }) => (this.records.get(key)?.modified ?? 0) === modified,
        );
        if (holds) {
          for (const write of request.writes) {
            if (write.type === "put") this.write(write.key, write.value, write.lease);
            else this.remove(write.key);
          }
        }
        return { type: "transacted", succeeded: holds, revision: this.revision };
      }
      case "read": {
        const records = [...this.records.values()].filter(({ key }) => key.startsWith(request.prefix));
        records.sort((a, b) => (a.key < b.key ? -1 : 1));
        return { type: "records", records, revision: this.revision };
      }
      case "watch":
        return { type: "watching", revision: this.revision };
      case "grant-lease":
        return { type: "leased", lease: ++this.leases };
      case "keep-alive":
        return { type: "kept", isAlive: true };
      case "revoke-lease":
        return { type: "revoked" };
    }
  }

  private write(key: string, value: string, lease: number): void {
    const modified = ++this.revision;
    const record = { key, value, created: this.records.get(key)?.created ?? modified, modified, lease };
    this.records.set(key, record);
    this.history.push({ revision: modified, key, record });
  }

  private remove(key: string): void {
    this.records.delete(key);
    this.history.push({ revision: ++this.revision, key, record: undefined });
  }
}

/** Refuses for good to write one record. */
export class RefusingRegistry extends FakeRegistry {
  refusals: number = 0;
  private readonly refused: string;

  constructor(refused: string) {
    super();
    this.refused = refused;
  }

  override answer(request: RegistryRequest): RegistryAnswer {
    const isRefused = request.type === "transact" && request.writes.some(({ key }) => key === this.refused);
    if (!isRefused) return super.answer(request);
    this.refusals += 1;
    return { type: "refused", reason: "it is full" };
  }
}

/** Answers the first write of one record `unavailable`; it arrives when the test says so, and once already where it was done. */
export class LateRegistry extends FakeRegistry {
  private readonly key: string;
  private readonly isDone: boolean;
  private late: RegistryRequest | undefined = undefined;

  constructor(key: string, isDone: boolean) {
    super();
    this.key = key;
    this.isDone = isDone;
  }

  override answer(request: RegistryRequest): RegistryAnswer {
    const isIt = request.type === "transact" && request.writes.some(({ key }) => key === this.key);
    if (!isIt || this.late !== undefined) return super.answer(request);
    this.late = request;
    if (this.isDone) super.answer(request);
    return { type: "unavailable", reason: "no leader" };
  }

  arrive(): void {
    if (this.late !== undefined) super.answer(this.late);
  }
}
