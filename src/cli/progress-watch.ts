/** The lines of progress of a run, gathered and told as they come. */
import type { Progress } from "../core/index.ts";
import { progressHeader, progressLine } from "./progress-line.ts";

export class ProgressWatch {
  readonly progress: Progress[] = [];
  private readonly reference: number | undefined;
  private readonly tell: (line: string) => void;

  constructor(reference: number | undefined, tell: (line: string) => void) {
    this.reference = reference;
    this.tell = tell;
  }

  reported(progress: Progress): void {
    if (this.progress.length === 0) this.tell(progressHeader);
    // A pass that was undone is told anew.
    while ((this.progress.at(-1)?.pass ?? -Infinity) >= progress.pass) this.progress.pop();
    this.progress.push(progress);
    this.tell(progressLine(progress, this.reference));
  }
}
