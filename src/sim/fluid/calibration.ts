/** What a run of messages says of its flows: how much a task computes and sends, and how long a pass takes to follow another. */
import type { JobResult } from "../../core/index.ts";
import type { Fact } from "../../observe/index.ts";
import { type Distribution, sample } from "../world/distribution.ts";
import { Random } from "../world/random.ts";
import type { Step } from "../world/witness.ts";
import type { FluidPlan } from "./fluid-model.ts";

export type Measured = Pick<
  FluidPlan,
  | "workers"
  | "passes"
  | "blocks"
  | "pushNonzeros"
  | "pullNonzeros"
  | "evaluateNonzeros"
  | "pushBytes"
  | "pullBytes"
  | "recordMicros"
>;

const samples = 1000;

function meanOf(delay: Distribution): number {
  const random = new Random("mean");
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += sample(delay, random);
  return sum / samples;
}

/** Shown every fact and every step of a run with passes of tasks named `update` and then `evaluate`. */
export class Calibration {
  private readonly names = new Map<number, string>();
  private readonly slots = new Set<number>();
  private readonly work = { first: 0, rest: 0, evaluate: 0 };
  private updates = 0;
  private evaluations = 0;
  private passes = 0;
  private lastUpdateAt: number | undefined;
  private between = { micros: 0, count: 0 };

  observe({ at, fact }: Fact): void {
    if (fact.type === "task-issued") {
      this.names.set(fact.time, fact.name);
      if (fact.name === "evaluate") this.passes++;
      for (const slot of fact.slots) this.slots.add(slot);
    } else if (fact.type === "task-finished" && this.names.get(fact.time) === "update") {
      this.updates++;
      this.lastUpdateAt = at;
    } else if (fact.type === "task-finished" && this.names.get(fact.time) === "evaluate") this.evaluations++;
    else if (fact.type === "task-started" && fact.name === "update") this.updateStarted(at, fact.time);
  }

  stepped({ event }: Step): void {
    if (event.type !== "computed" || event.step.type === "failed") return;
    const name = this.names.get(event.time);
    if (name === "evaluate") this.work.evaluate += event.step.work;
    else if (name === "update" && event.step.type === "returned") this.work.rest += event.step.work;
    else if (name === "update") this.work.first += event.step.work;
  }

  /** Undefined where the run had no such passes. */
  measured(outcome: JobResult, delay: Distribution): Measured | undefined {
    const { updates, evaluations, passes, slots, work } = this;
    if (updates === 0 || evaluations === 0 || passes === 0) return undefined;
    const sentBy = (role: string): number =>
      outcome.nodes
        .filter(({ node }) => node.startsWith(role))
        .reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    // Beside these four ways between a worker and the scheduler, which the model knows itself.
    const ways = 4 * meanOf(delay);
    const between = this.between.count === 0 ? ways : this.between.micros / this.between.count;
    return {
      workers: slots.size,
      passes,
      blocks: Math.round(updates / slots.size / passes),
      pushNonzeros: work.first / updates,
      pullNonzeros: work.rest / updates,
      evaluateNonzeros: work.evaluate / evaluations,
      pushBytes: sentBy("worker") / updates,
      pullBytes: sentBy("server") / updates,
      recordMicros: Math.max(0, between - ways),
    };
  }

  /** The first update after an evaluation: a pass follows another. */
  private updateStarted(at: number, time: number): void {
    if (this.lastUpdateAt === undefined || this.names.get(time - 1) !== "evaluate") return;
    this.between.micros += at - this.lastUpdateAt;
    this.between.count++;
    this.lastUpdateAt = undefined;
  }
}
