/** X1 to X4: each push is applied exactly once, whatever was lost, resent or repeated (docs/guarantees.md G1). */
import { type PushIdentity, segmentName } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd, Tracker } from "./checker.ts";
import { pushName, placeName, tokenName } from "./identity.ts";
import type { Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";
import type { Application, PushLedger, PushRecord } from "./push-ledger.ts";

export interface Ledgers {
  readonly lives: Lives;
  readonly lines: Lines;
  readonly ledger: PushLedger;
}

/** Decides by the ledger. */
export abstract class LedgerChecker implements Checker {
  abstract readonly id: string;
  abstract readonly promise: string;
  abstract readonly reads: Checker["reads"];
  readonly follows: NonNullable<Checker["follows"]>;
  protected readonly lives: Lives;
  protected readonly lines: Lines;
  protected readonly ledger: PushLedger;

  constructor({ lives, lines, ledger }: Ledgers, others: readonly Tracker[] = []) {
    this.lives = lives;
    this.lines = lines;
    this.ledger = ledger;
    this.follows = [lives, lines, ledger, ...others];
  }

  abstract observe(fact: Fact, report: Report): void;

  finish(_end: RunEnd, _report: Report): void {}
}

/** X1: no identity is applied twice to one segment, in one history. */
export class AppliedOnce extends LedgerChecker {
  readonly id = "X1";
  readonly promise = "each push is applied at most once to each segment";
  readonly reads = ["applied"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "applied") return;
    for (const { push, wasApplied, isVoid } of this.ledger.applications) {
      if (isVoid) continue;
      report.evaluated();
      if (!wasApplied) continue;
      report.violated(
        `${pushName(push)} was applied twice to ${placeName(fact.parameter, fact.segment)}, now at ${tokenName(fact.token)}`,
      );
    }
  }
}

/** X2: a finished push is committed at every one of its segments, and still is at the end. */
export class FinishedIsApplied extends LedgerChecker {
  readonly id = "X2";
  readonly promise = "a finished push is applied and committed at each of its segments, for good";
  readonly reads = ["push-finished"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "push-finished" || this.ledger.isForgotten(fact.push)) return;
    report.evaluated();
    const record = this.ledger.get(fact.push);
    if (record === undefined || record.attempts === 0) {
      return report.violated(`${pushName(fact.push)} finished but was never invoked`);
    }
    this.present(fact.push, record, report);
  }

  override finish(_end: RunEnd, report: Report): void {
    this.ledger.forEach((record) => {
      if (!record.isFinished || record.attempts === 0) return;
      report.evaluated();
      this.present(record.push, record, report);
    });
  }

  private present(push: PushIdentity, { segments, tokens }: PushRecord, report: Report): void {
    for (let i = 0; i < segments.length; i++) {
      const token = tokens[i];
      const line = this.lines.of(push.parameter, segments[i]);
      const what = (): string => `${pushName(push)} finished`;
      const where = (): string => placeName(push.parameter, segments[i]);
      if (token === undefined) {
        if (line.lostUpTo === 0) report.violated(`${what()} before it was applied to ${where()}`);
      } else if (line.isVoid(token)) {
        if (line.lostUpTo === 0) {
          report.violated(`${what()}, and ${tokenName(token)} of ${where()}, where it is, is in no history`);
        }
      } else if (!line.isCommitted(token) && !this.lives.hasLostWords("server")) {
        report.violated(`${what()} before ${tokenName(token)} of ${where()}, where it is, was committed`);
      }
    }
  }
}

/** X3: a push whose end nobody knows is applied to each segment at most once, and nowhere that it was not sent. */
export class UnknownAtMostOnce extends LedgerChecker {
  readonly id = "X3";
  readonly promise = "a push without a known end is applied nowhere but at its segments, and never twice";
  readonly reads = ["applied"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "applied") return;
    for (const application of this.ledger.applications) this.applied(application, fact.segment, report);
  }

  private applied(application: Application, segment: number, report: Report): void {
    const { push, record, wasApplied, wasSent, isVoid } = application;
    if (isVoid || record.attempts === 0 || record.isFinished) return;
    report.evaluated();
    if (wasApplied) {
      report.violated(`${pushName(push)}, not finished, was applied more than once at ${segment}`);
    }
    if (!wasSent) {
      report.violated(
        `${pushName(push)} was applied at segment ${segmentName(segment)}, which it was not sent to`,
      );
    }
  }
}

/** X4: what was refused for good is never applied, and nothing is present that nobody pushed. */
export class RefusedIsAbsent extends LedgerChecker {
  readonly id = "X4";
  readonly promise = "a refused part is never applied, and nothing is applied that was not pushed";
  readonly reads = ["applied", "push-refused"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "applied") {
      for (const application of this.ledger.applications) this.applied(application, fact.segment, report);
    } else if (fact.type === "push-refused") {
      const record = this.ledger.get(fact.push);
      // Of two attempts one may be refused, and the other applied.
      if (record === undefined || record.attempts > 1) return;
      report.evaluated();
      const token = record.tokens[record.segments.indexOf(fact.segment)];
      if (token === undefined || this.lines.of(fact.push.parameter, fact.segment).isVoid(token)) return;
      report.violated(
        `${pushName(fact.push)} was applied at segment ${segmentName(fact.segment)}, and refused there`,
      );
    }
  }

  private applied({ push, record, isVoid }: Application, segment: number, report: Report): void {
    report.evaluated();
    if (record.attempts === 0) {
      if (!this.lives.hasLostWords("worker"))
        report.violated(`${pushName(push)} was applied but never pushed`);
    } else if (!isVoid && record.attempts === 1 && record.refused.includes(segment)) {
      report.violated(`${pushName(push)} was refused at segment ${segmentName(segment)}, and applied there`);
    }
  }
}

/** X7: a server knows a part again that its segment has applied. */
export class KnownAgain extends LedgerChecker {
  readonly id = "X7";
  readonly promise =
    "a part that comes again after it was committed is known as a duplicate by who serves the segment";
  readonly reads = ["part-received"] as const;

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type !== "part-received") return;
    const { push, segment, isDuplicate } = fact;
    const line = this.lines.of(push.parameter, segment);
    const { sealer } = line;
    // A master that was left behind knows nothing of what its successors applied.
    if (sealer !== undefined && sealer !== this.lives.of(node)) return;
    const record = this.ledger.get(push);
    const token = record?.tokens[record.segments.indexOf(segment)];
    const isPresent = this.ledger.isForgotten(push) || (token !== undefined && line.isCommitted(token));
    if (!isPresent) return;
    report.evaluated();
    if (isDuplicate) return;
    report.violated(
      `a part of ${pushName(push)} at segment ${segmentName(segment)} was taken for new, after it was committed`,
    );
  }
}
