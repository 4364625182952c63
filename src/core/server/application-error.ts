/** An application's function threw, or did what it must not: the job cannot go on, and says which one it was. */
import type { TaskTime } from "../ids.ts";
import { describeSegment, type SegmentContext, type SegmentName } from "./segment-context.ts";

export class ApplicationError extends Error {}

/** Which code of the application runs: `update prox`, `function norm`. */
export interface ApplicationCode {
  readonly kind: "update" | "function";
  readonly name: string;
  readonly segment: SegmentName;
  readonly time: TaskTime;
}

export function runApplication<T>(context: SegmentContext, code: ApplicationCode, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ApplicationError(
      `application ${context.application.name}, ${code.kind} ${code.name}, ${describeSegment(code.segment)}, ` +
        `time ${code.time}: ${said}`,
    );
  }
}
