/** X1 to X4: each push is applied exactly once, whatever was lost, resent or repeated (docs/guarantees.md G1). */
import type { PushIdentity } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { pushName, segmentName } from "./identity.ts";

/** X1: no identity is applied twice to one segment. */
export class AppliedOnce implements Checker {
  readonly id = "X1";
  readonly promise = "each push is applied at most once to each segment";
  private readonly applied = new Set<string>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "applied") return;
    for (const slot of fact.slots) {
      const push: PushIdentity = { parameter: fact.parameter, slot, time: fact.time, op: fact.op };
      const name = `${pushName(push)} ${fact.segment}`;
      report.evaluated();
      if (this.applied.has(name)) {
        report.violated(
          `${pushName(push)} was applied twice to ${segmentName(fact.parameter, fact.segment)}`,
        );
      }
      this.applied.add(name);
    }
  }

  finish(): void {}
}

interface PushState {
  readonly segments: readonly number[];
  readonly applied: Set<number>;
  readonly refused: Set<number>;
  isFinished: boolean;
}

/** What became of each push: shared by X2, X3 and X4. */
class Pushes {
  readonly states = new Map<string, PushState>();

  observe({ fact }: Fact): void {
    if (fact.type === "push-invoked") {
      const name = pushName(fact.push);
      // A replacement of the worker may invoke the same push again.
      if (this.states.has(name)) return;
      this.states.set(name, {
        segments: fact.segments,
        applied: new Set(),
        refused: new Set(),
        isFinished: false,
      });
    } else if (fact.type === "push-finished") {
      const state = this.states.get(pushName(fact.push));
      if (state !== undefined) state.isFinished = true;
    } else if (fact.type === "push-refused") {
      this.states.get(pushName(fact.push))?.refused.add(fact.segment);
    } else if (fact.type === "applied") {
      for (const slot of fact.slots) {
        const push = { parameter: fact.parameter, slot, time: fact.time, op: fact.op };
        this.states.get(pushName(push))?.applied.add(fact.segment);
      }
    }
  }
}

/** X2: a finished push is applied at every one of its segments. */
export class FinishedIsApplied implements Checker {
  readonly id = "X2";
  readonly promise = "a finished push is applied at each of its segments";
  private readonly pushes = new Pushes();

  observe(record: Fact, report: Report): void {
    this.pushes.observe(record);
    const { fact } = record;
    if (fact.type !== "push-finished") return;
    report.evaluated();
    const name = pushName(fact.push);
    const state = this.pushes.states.get(name);
    if (state === undefined) return report.violated(`${name} finished but was never invoked`);
    for (const segment of state.segments) {
      if (!state.applied.has(segment)) {
        report.violated(
          `${name} finished before it was applied to ${segmentName(fact.push.parameter, segment)}`,
        );
      }
    }
  }

  finish(): void {}
}

/** X3: a push whose end nobody knows is applied to each segment at most once, and nowhere that it was not sent. */
export class UnknownAtMostOnce implements Checker {
  readonly id = "X3";
  readonly promise = "a push without a known end is applied nowhere but at its segments, and never twice";
  private readonly open = new Map<string, Map<number, number>>();
  private readonly segments = new Map<string, ReadonlySet<number>>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      const name = pushName(fact.push);
      if (!this.open.has(name)) this.open.set(name, new Map());
      this.segments.set(name, new Set(fact.segments));
    } else if (fact.type === "push-finished") this.open.delete(pushName(fact.push));
    else if (fact.type === "applied") {
      for (const slot of fact.slots) {
        const name = pushName({ parameter: fact.parameter, slot, time: fact.time, op: fact.op });
        const counts = this.open.get(name);
        if (counts === undefined) continue;
        report.evaluated();
        const count = (counts.get(fact.segment) ?? 0) + 1;
        counts.set(fact.segment, count);
        if (count > 1)
          report.violated(`${name}, not finished, was applied ${count} times at ${fact.segment}`);
        if (this.segments.get(name)?.has(fact.segment) === false) {
          report.violated(`${name} was applied at segment ${fact.segment}, which it was not sent to`);
        }
      }
    }
  }

  finish(): void {}
}

/** X4: what was refused for good is never applied, and nothing is present that nobody pushed. */
export class RefusedIsAbsent implements Checker {
  readonly id = "X4";
  readonly promise = "a refused part is never applied, and nothing is applied that was not pushed";
  private readonly pushes = new Pushes();

  observe(record: Fact, report: Report): void {
    this.pushes.observe(record);
    const { fact } = record;
    if (fact.type === "applied") {
      for (const slot of fact.slots) {
        const name = pushName({ parameter: fact.parameter, slot, time: fact.time, op: fact.op });
        report.evaluated();
        const state = this.pushes.states.get(name);
        if (state === undefined) report.violated(`${name} was applied but never pushed`);
        else if (state.refused.has(fact.segment)) {
          report.violated(`${name} was refused at segment ${fact.segment}, and applied there`);
        }
      }
    } else if (fact.type === "push-refused") {
      report.evaluated();
      const name = pushName(fact.push);
      if (this.pushes.states.get(name)?.applied.has(fact.segment) === true) {
        report.violated(`${name} was applied at segment ${fact.segment}, and refused there`);
      }
    }
  }

  finish(): void {}
}
