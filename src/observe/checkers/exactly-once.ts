/** X1 to X4: each push is applied exactly once, whatever was lost, resent or repeated (docs/guarantees.md G1). */
import type { Observation, PushIdentity } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { PushMap, pushName, segmentName } from "./identity.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;

/** Calls `visit` with each push that the entry applied. */
function eachPush({ parameter, time, op, slots }: Applied, visit: (push: PushIdentity) => void): void {
  for (let i = 0; i < slots.length; i++) visit({ parameter, slot: slots[i], time, op });
}

/** X1: no identity is applied twice to one segment. */
export class AppliedOnce implements Checker {
  readonly id = "X1";
  readonly promise = "each push is applied at most once to each segment";
  readonly reads = ["applied"] as const;
  /** The segments that each push was applied to. */
  private readonly applied = new PushMap<number[]>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "applied") return;
    eachPush(fact, (push) => {
      report.evaluated();
      const segments = this.applied.get(push);
      if (segments === undefined) this.applied.set(push, [fact.segment]);
      else if (segments.includes(fact.segment)) {
        report.violated(
          `${pushName(push)} was applied twice to ${segmentName(fact.parameter, fact.segment)}`,
        );
      } else segments.push(fact.segment);
    });
  }

  finish(): void {}
}

/** X2: a finished push is applied at every one of its segments. */
export class FinishedIsApplied implements Checker {
  readonly id = "X2";
  readonly promise = "a finished push is applied at each of its segments";
  readonly reads = ["push-invoked", "push-finished", "applied"] as const;
  /** Of each push that was invoked: its segments without those where it was applied. */
  private readonly missing = new PushMap<number[]>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      // A replacement of the worker may invoke the same push again.
      if (this.missing.get(fact.push) === undefined) this.missing.set(fact.push, fact.segments.slice());
    } else if (fact.type === "applied") {
      eachPush(fact, (push) => {
        const missing = this.missing.get(push);
        const at = missing?.indexOf(fact.segment) ?? -1;
        if (at >= 0) missing?.splice(at, 1);
      });
    } else if (fact.type === "push-finished") this.finished(fact.push, report);
  }

  private finished(push: PushIdentity, report: Report): void {
    report.evaluated();
    const missing = this.missing.get(push);
    if (missing === undefined) {
      return report.violated(`${pushName(push)} finished but was never invoked`);
    }
    for (const segment of missing) {
      report.violated(
        `${pushName(push)} finished before it was applied to ${segmentName(push.parameter, segment)}`,
      );
    }
  }

  finish(): void {}
}

interface OpenPush {
  readonly segments: readonly number[];
  readonly applied: number[];
}

/** X3: a push whose end nobody knows is applied to each segment at most once, and nowhere that it was not sent. */
export class UnknownAtMostOnce implements Checker {
  readonly id = "X3";
  readonly promise = "a push without a known end is applied nowhere but at its segments, and never twice";
  readonly reads = ["push-invoked", "push-finished", "applied"] as const;
  private readonly open = new PushMap<OpenPush>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      const applied = this.open.get(fact.push)?.applied ?? [];
      this.open.set(fact.push, { segments: fact.segments, applied });
    } else if (fact.type === "push-finished") this.open.delete(fact.push);
    else if (fact.type === "applied") eachPush(fact, (push) => this.applied(push, fact.segment, report));
  }

  private applied(push: PushIdentity, segment: number, report: Report): void {
    const open = this.open.get(push);
    if (open === undefined) return;
    report.evaluated();
    if (open.applied.includes(segment)) {
      report.violated(`${pushName(push)}, not finished, was applied more than once at ${segment}`);
    }
    open.applied.push(segment);
    if (!open.segments.includes(segment)) {
      report.violated(`${pushName(push)} was applied at segment ${segment}, which it was not sent to`);
    }
  }

  finish(): void {}
}

/** Segments at which a push was applied, and at which it was refused. */
interface Ends {
  readonly applied: number[];
  readonly refused: number[];
}

/** X4: what was refused for good is never applied, and nothing is present that nobody pushed. */
export class RefusedIsAbsent implements Checker {
  readonly id = "X4";
  readonly promise = "a refused part is never applied, and nothing is applied that was not pushed";
  readonly reads = ["push-invoked", "push-refused", "applied"] as const;
  private readonly pushes = new PushMap<Ends>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      if (this.pushes.get(fact.push) === undefined) this.pushes.set(fact.push, { applied: [], refused: [] });
    } else if (fact.type === "applied") {
      eachPush(fact, (push) => this.applied(push, fact.segment, report));
    } else if (fact.type === "push-refused") {
      report.evaluated();
      const ends = this.pushes.get(fact.push);
      ends?.refused.push(fact.segment);
      if (ends?.applied.includes(fact.segment) === true) {
        report.violated(`${pushName(fact.push)} was applied at segment ${fact.segment}, and refused there`);
      }
    }
  }

  private applied(push: PushIdentity, segment: number, report: Report): void {
    report.evaluated();
    const ends = this.pushes.get(push);
    if (ends === undefined) return report.violated(`${pushName(push)} was applied but never pushed`);
    ends.applied.push(segment);
    if (ends.refused.includes(segment)) {
      report.violated(`${pushName(push)} was refused at segment ${segment}, and applied there`);
    }
  }

  finish(): void {}
}
