/** What became of each push, kept once for all checkers that ask (X1 to X5, X7, C5, T2, V5). */
import type { Observation, Provenance, PushIdentity, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Tracker } from "./checker.ts";
import { PushMap } from "./identity.ts";
import type { Line, Lines } from "./lines.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type Invoked = Extract<Observation, { readonly type: "push-invoked" }>;

export interface PushRecord {
  readonly push: PushIdentity;
  /** How often it was made: again, where its slot moved. A push that is only known from being applied was not. */
  attempts: number;
  isFinished: boolean;
  /** Where its parts were sent; none where it was not invoked. */
  segments: readonly number[];
  provenance: Provenance | undefined;
  /** The state that `segments[i]` had after its part was applied first, unless that is void by now. */
  readonly tokens: (Token | undefined)[];
  /** Applications that should not have been: repeats, and where it was not sent. */
  readonly stray: { readonly segment: number; readonly token: Token }[];
  readonly refused: number[];
}

/** One push of an `applied` fact. */
export interface Application {
  readonly push: PushIdentity;
  readonly record: PushRecord;
  readonly wasApplied: boolean;
  readonly wasSent: boolean;
  /** A newer view had left the entry behind already: a master applied it that did not know. */
  readonly isVoid: boolean;
}

const noApplications: readonly Application[] = [];

/**
 * Entries that a newer view left behind count as never made, so what they applied may be applied once more. Of tasks that
 * have finished everywhere nothing is kept: a push of one that is applied now was applied before.
 */
export class PushLedger implements Tracker {
  readonly reads = ["push-invoked", "push-finished", "push-refused", "applied", "frontier-rose"] as const;
  /** What the newest `applied` fact applied, slot by slot. */
  applications: readonly Application[] = noApplications;
  readonly lines: Lines;
  private readonly records = new PushMap<PushRecord>();
  private floor = 0;

  constructor(lines: Lines) {
    this.lines = lines;
  }

  observe({ fact }: Fact): void {
    switch (fact.type) {
      case "push-invoked":
        return this.invoked(fact);
      case "push-finished":
        if (fact.push.time >= this.floor) this.made(fact.push).isFinished = true;
        return;
      case "push-refused":
        if (fact.push.time >= this.floor) this.made(fact.push).refused.push(fact.segment);
        return;
      case "applied": {
        const line = this.lines.of(fact.parameter, fact.segment);
        const isVoid = line.isVoid(fact.token);
        const applications: Application[] = [];
        for (let i = 0; i < fact.slots.length; i++) {
          applications.push(isVoid ? this.voidApplication(fact, i) : this.applied(fact, i, line));
        }
        this.applications = applications;
        return;
      }
      case "frontier-rose":
        if (fact.floor <= this.floor) return;
        this.floor = fact.floor;
        this.records.deleteBelow(fact.floor);
        return;
    }
  }

  /** Undefined where nothing is known of it, or its task has finished everywhere. */
  get(push: PushIdentity): PushRecord | undefined {
    return this.records.get(push);
  }

  isForgotten(push: PushIdentity): boolean {
    return push.time < this.floor;
  }

  forEach(visit: (record: PushRecord) => void): void {
    this.records.forEach(visit);
  }

  private invoked({ push, segments, provenance }: Invoked): void {
    if (push.time < this.floor) return;
    const record = this.made(push);
    record.attempts++;
    if (record.attempts > 1) return;
    record.segments = segments;
    record.provenance = provenance;
    for (let i = 0; i < segments.length; i++) record.tokens.push(undefined);
  }

  private applied(
    { parameter, segment, token, time, op, slots }: Applied,
    i: number,
    line: Line,
  ): Application {
    const push: PushIdentity = { parameter, slot: slots[i], time, op };
    if (time < this.floor) {
      return { push, record: finishedRecord(push), wasApplied: true, wasSent: true, isVoid: false };
    }
    const record = this.made(push);
    const at = record.segments.indexOf(segment);
    const wasSent = at >= 0;
    const known = record.tokens[at];
    const isFirst = wasSent && (known === undefined || line.isVoid(known));
    const wasApplied = wasSent
      ? !isFirst
      : record.stray.some((stray) => stray.segment === segment && !line.isVoid(stray.token));
    if (isFirst) record.tokens[at] = token;
    else record.stray.push({ segment, token });
    return { push, record, wasApplied, wasSent, isVoid: false };
  }

  private voidApplication({ parameter, time, op, slots }: Applied, i: number): Application {
    const push: PushIdentity = { parameter, slot: slots[i], time, op };
    const record = time < this.floor ? finishedRecord(push) : this.made(push);
    return { push, record, wasApplied: false, wasSent: true, isVoid: true };
  }

  private made(push: PushIdentity): PushRecord {
    const known = this.records.get(push);
    if (known !== undefined) return known;
    const record = newRecord(push);
    this.records.set(push, record);
    return record;
  }
}

function newRecord(push: PushIdentity): PushRecord {
  return {
    push,
    attempts: 0,
    isFinished: false,
    segments: [],
    provenance: undefined,
    tokens: [],
    stray: [],
    refused: [],
  };
}

/** Stands for what is no longer kept. */
function finishedRecord(push: PushIdentity): PushRecord {
  return { ...newRecord(push), attempts: 1, isFinished: true };
}
