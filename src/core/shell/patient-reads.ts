/**
 * Reads of checkpoints that outlast weather: one that fails for no fault of the file is asked for again, with doubling waits,
 * for `checkpointReadRetryMs`. What is missing or damaged is answered at once.
 */
import type { CheckpointAnswer, CheckpointRequest } from "../checkpoint/checkpoint-files.ts";
import { type Micros, milliseconds } from "../ids.ts";
import type { Shell } from "../shell.ts";

const readTimer = "shell:read-";

type Answered = (answer: CheckpointAnswer) => void;
type Ask = (request: CheckpointRequest, answered: Answered) => void;

export class PatientReads {
  private readonly host: Pick<Shell, "now" | "options" | "setTimer">;
  private readonly ask: Ask;
  private readonly waiting: Map<string, () => void> = new Map();
  private count: number = 0;

  constructor(host: Pick<Shell, "now" | "options" | "setTimer">, ask: Ask) {
    this.host = host;
    this.ask = ask;
  }

  begin(request: CheckpointRequest, answered: Answered): void {
    const { options, now } = this.host;
    const until = now + milliseconds(options.checkpointReadRetryMs);
    let waitMs = options.retryAfterMs;
    const again = (): void =>
      this.ask(request, (answer) => {
        if (answer.type !== "unreadable") return answered(answer);
        if (this.host.now >= until) {
          const tried = `${answer.reason} (tried again for checkpointReadRetryMs ${options.checkpointReadRetryMs})`;
          return answered({ type: "failed", reason: tried });
        }
        const timer = `${readTimer}${++this.count}`;
        this.waiting.set(timer, again);
        this.host.setTimer(timer, Math.min(until, this.host.now + milliseconds(waitMs)) as Micros);
        waitMs *= 2;
      });
    again();
  }

  /** False: the timer is another's. */
  timerFired(timer: string): boolean {
    if (!timer.startsWith(readTimer)) return false;
    const again = this.waiting.get(timer);
    this.waiting.delete(timer);
    again?.();
    return true;
  }
}
