/** When the job was seen, and when it began, whoever led it then. */
import type { Micros } from "../ids.ts";

export class JobTimes {
  /** When the job was first seen here. */
  seenAt: Micros | undefined;
  /** When its first task was issued. */
  begunAt: Micros;
  /** When the first pass was seen to begin under another scheduler. */
  private passSeenAt: Micros | undefined;

  constructor(now: Micros) {
    this.begunAt = now;
  }

  jobSeen(now: Micros): void {
    this.seenAt ??= now;
  }

  passSeen(now: Micros): void {
    this.passSeenAt ??= now;
  }

  /** `elapsedMicros` had passed when the newest line of progress was told, under whichever scheduler. */
  begins(now: Micros, isInherited: boolean, elapsedMicros: number): void {
    const seenAt = isInherited ? (this.passSeenAt ?? now) : now;
    this.begunAt = Math.min(now - elapsedMicros, seenAt) as Micros;
  }
}
