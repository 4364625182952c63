/** A trace file that may be lost, on a disk that is full: the run goes on without it, and says so. */
import { type Fact, type TraceHeader, TraceWriter } from "../observe/index.ts";
import { fileError } from "../data/index.ts";
import { CommandError, exitCodes } from "./exit.ts";

/** Begins what is said when a trace is lost, also by a node to the command that started it. */
export const traceLost = "the trace is lost";

export class TraceOutput {
  private readonly path: string;
  private readonly tell: (text: string) => void;
  private writer: TraceWriter | undefined;
  /** What was lost can no longer be there when the command ends. */
  isLost = false;

  constructor(path: string, header: TraceHeader, tell: (text: string) => void) {
    this.path = path;
    this.tell = tell;
    try {
      this.writer = new TraceWriter(path, header);
    } catch (error) {
      throw new CommandError(exitCodes.usage, `--trace ${fileError(path, error).message}`);
    }
  }

  write(fact: Fact): void {
    this.attempt((writer) => writer.write(fact));
  }

  flush(): void {
    this.attempt((writer) => writer.flush());
  }

  close(): void {
    this.attempt((writer) => writer.close());
    this.writer = undefined;
  }

  private attempt(write: (writer: TraceWriter) => void): void {
    if (this.writer === undefined) return;
    try {
      write(this.writer);
    } catch (error) {
      this.writer = undefined;
      this.isLost = true;
      this.tell(`${traceLost}: ${fileError(this.path, error).message}`);
    }
  }
}
