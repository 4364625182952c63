/** The newest lines of progress: the record that holds them stays small however long the job goes on. */
import type { Progress } from "../application.ts";

/** Far more than come between two looks of a watcher that was cut off for a while; each is some 150 bytes. */
const linesMax = 100;

export class ProgressLog {
  lines: readonly Progress[] = [];

  /** What the job had taken by the last of them. */
  get elapsedMicros(): number {
    return this.lines.at(-1)?.elapsedMicros ?? 0;
  }

  /** A pass that was reported before its scheduler was lost is reported again. */
  add(progress: Progress): void {
    const before = this.lines.filter(({ pass }) => pass < progress.pass);
    this.lines = [...before, progress].slice(-linesMax);
  }
}
