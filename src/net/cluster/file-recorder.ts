/** A recording that may not fit onto the disk: its node stops, and the file is named. */
import type { Effect } from "../../core/index.ts";
import { Recorder } from "../driver/recorder.ts";

export class FileRecorder extends Recorder {
  private readonly path: string;
  /** Why it cannot be written any more. */
  failure: string | undefined = undefined;

  constructor(...[path, options]: ConstructorParameters<typeof Recorder>) {
    super(path, options);
    this.path = path;
  }

  override after(effects: readonly Effect[]): void {
    this.attempt(() => super.after(effects));
    if (this.failure !== undefined) throw new Error(this.failure);
  }

  override close(): void {
    this.attempt(() => super.close());
  }

  private attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      // What the system says has a code; anything else is a bug.
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      this.failure ??= `the recording ${this.path} cannot be written: ${(error as Error).message}`;
    }
  }
}
