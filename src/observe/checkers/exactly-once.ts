/** X1 to X4: each push is applied exactly once, whatever was lost, resent or repeated (docs/guarantees.md G1). */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { pushName, segmentName } from "./identity.ts";
import { type Application, PushLedger } from "./push-ledger.ts";

/** Decides by the ledger, after it has taken a fact in. */
abstract class LedgerChecker implements Checker {
  abstract readonly id: string;
  abstract readonly promise: string;
  readonly reads: Checker["reads"] = PushLedger.reads;
  protected readonly ledger: PushLedger;

  constructor(ledger: PushLedger) {
    this.ledger = ledger;
  }

  observe(fact: Fact, report: Report): void {
    this.ledger.observe(fact);
    this.decide(fact.fact, report);
  }

  finish(): void {}

  protected abstract decide(fact: Observation, report: Report): void;
}

/** X1: no identity is applied twice to one segment. */
export class AppliedOnce extends LedgerChecker {
  readonly id = "X1";
  readonly promise = "each push is applied at most once to each segment";

  protected decide(fact: Observation, report: Report): void {
    if (fact.type !== "applied") return;
    for (const { push, wasApplied } of this.ledger.applications) {
      report.evaluated();
      if (!wasApplied) continue;
      report.violated(`${pushName(push)} was applied twice to ${segmentName(fact.parameter, fact.segment)}`);
    }
  }
}

/** X2: a finished push is applied at every one of its segments. */
export class FinishedIsApplied extends LedgerChecker {
  readonly id = "X2";
  readonly promise = "a finished push is applied at each of its segments";

  protected decide(fact: Observation, report: Report): void {
    if (fact.type !== "push-finished") return;
    report.evaluated();
    const { push } = fact;
    const record = this.ledger.get(push);
    if (record?.isInvoked !== true) {
      return report.violated(`${pushName(push)} finished but was never invoked`);
    }
    const { segments, tokens } = record;
    for (let i = 0; i < segments.length; i++) {
      if (tokens[i] !== undefined) continue;
      report.violated(
        `${pushName(push)} finished before it was applied to ${segmentName(push.parameter, segments[i])}`,
      );
    }
  }
}

/** X3: a push whose end nobody knows is applied to each segment at most once, and nowhere that it was not sent. */
export class UnknownAtMostOnce extends LedgerChecker {
  readonly id = "X3";
  readonly promise = "a push without a known end is applied nowhere but at its segments, and never twice";

  protected decide(fact: Observation, report: Report): void {
    if (fact.type !== "applied") return;
    for (const application of this.ledger.applications) this.applied(application, fact.segment, report);
  }

  private applied({ push, record, wasApplied, wasSent }: Application, segment: number, report: Report): void {
    if (!record.isInvoked || record.isFinished) return;
    report.evaluated();
    if (wasApplied) {
      report.violated(`${pushName(push)}, not finished, was applied more than once at ${segment}`);
    }
    if (!wasSent) {
      report.violated(`${pushName(push)} was applied at segment ${segment}, which it was not sent to`);
    }
  }
}

/** X4: what was refused for good is never applied, and nothing is present that nobody pushed. */
export class RefusedIsAbsent extends LedgerChecker {
  readonly id = "X4";
  readonly promise = "a refused part is never applied, and nothing is applied that was not pushed";

  protected decide(fact: Observation, report: Report): void {
    if (fact.type === "applied") {
      for (const application of this.ledger.applications) this.applied(application, fact.segment, report);
    } else if (fact.type === "push-refused") {
      report.evaluated();
      const record = this.ledger.get(fact.push);
      const at = record?.segments.indexOf(fact.segment) ?? -1;
      if (at < 0 || record?.tokens[at] === undefined) return;
      report.violated(`${pushName(fact.push)} was applied at segment ${fact.segment}, and refused there`);
    }
  }

  private applied({ push, record }: Application, segment: number, report: Report): void {
    report.evaluated();
    if (!record.isInvoked) report.violated(`${pushName(push)} was applied but never pushed`);
    else if (record.refused.includes(segment)) {
      report.violated(`${pushName(push)} was refused at segment ${segment}, and applied there`);
    }
  }
}
