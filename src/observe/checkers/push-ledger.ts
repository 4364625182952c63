/** What became of each push, kept once for all checkers that ask (X1 to X5, C5). */
import type { Observation, Provenance, PushIdentity, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { PushMap } from "./identity.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;

export interface PushRecord {
  /** Pushes are numbered as they come. */
  readonly number: number;
  /** A push that is only known from being applied was not invoked. */
  isInvoked: boolean;
  isFinished: boolean;
  /** Where its parts were sent; none where it was not invoked. */
  segments: readonly number[];
  provenance: Provenance | undefined;
  /** The state that `segments[i]` had after its part was applied first. */
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
}

const noApplications: readonly Application[] = [];

export class PushLedger {
  /** The facts that it is kept by. */
  static readonly reads = ["push-invoked", "push-finished", "push-refused", "applied"] as const;
  /** What the newest fact applied, slot by slot. */
  applications: readonly Application[] = noApplications;
  private readonly records = new PushMap<PushRecord>();
  private count = 0;
  private last: Fact | undefined;

  /** Each checker shows it each fact before it asks: only the first has news. */
  observe(fact: Fact): void {
    if (fact === this.last) return;
    this.last = fact;
    this.applications = noApplications;
    this.take(fact.fact);
  }

  get(push: PushIdentity): PushRecord | undefined {
    return this.records.get(push);
  }

  private take(fact: Observation): void {
    switch (fact.type) {
      case "push-invoked": {
        const record = this.made(fact.push);
        // A replacement of the worker may invoke the same push again.
        if (record.isInvoked) return;
        record.isInvoked = true;
        record.segments = fact.segments;
        record.provenance = fact.provenance;
        for (let i = 0; i < fact.segments.length; i++) record.tokens.push(undefined);
        return;
      }
      case "push-finished":
        this.made(fact.push).isFinished = true;
        return;
      case "push-refused":
        this.made(fact.push).refused.push(fact.segment);
        return;
      case "applied":
        this.applications = fact.slots.map((_, i) => this.applied(fact, i));
        return;
    }
  }

  private applied({ parameter, segment, token, time, op, slots }: Applied, i: number): Application {
    const push: PushIdentity = { parameter, slot: slots[i], time, op };
    const record = this.made(push);
    const at = record.segments.indexOf(segment);
    const wasSent = at >= 0;
    const isFirst = wasSent && record.tokens[at] === undefined;
    const wasApplied = wasSent ? !isFirst : record.stray.some((stray) => stray.segment === segment);
    if (isFirst) record.tokens[at] = token;
    else record.stray.push({ segment, token });
    return { push, record, wasApplied, wasSent };
  }

  private made(push: PushIdentity): PushRecord {
    const known = this.records.get(push);
    if (known !== undefined) return known;
    const record: PushRecord = {
      number: this.count++,
      isInvoked: false,
      isFinished: false,
      segments: [],
      provenance: undefined,
      tokens: [],
      stray: [],
      refused: [],
    };
    this.records.set(push, record);
    return record;
  }
}
