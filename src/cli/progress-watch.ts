/** Collects the lines of progress from a run's facts. */
import type { Fact } from "../observe/index.ts";
import type { TimedProgress } from "./train-report.ts";

export class ProgressWatch {
  readonly progress: TimedProgress[] = [];
  private readonly tell: (progress: TimedProgress) => void;

  constructor(tell: (progress: TimedProgress) => void) {
    this.tell = tell;
  }

  observe({ fact }: Fact): void {
    if (fact.type !== "progress-reported") return;
    const timed = { progress: fact.progress, seconds: fact.progress.elapsedMicros / 1e6 };
    this.progress.push(timed);
    this.tell(timed);
  }
}
