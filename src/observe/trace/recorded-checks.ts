/** The checkers over a recording, held to what its headers say that the run was held to. */
import { CheckRun } from "../checkers/checker.ts";
import { allCheckers } from "../checkers/index.ts";
import type { Fact } from "../fact.ts";
import type { TraceHeader } from "./trace-file.ts";

export class RecordedChecks {
  readonly run: CheckRun;
  private readonly settledAt: number;

  constructor(headers: readonly TraceHeader[]) {
    const reference = headers.map(({ referenceModel }) => referenceModel).find((hash) => hash !== null);
    const planned = headers.find(({ limits }) => limits !== undefined);
    this.run = new CheckRun(allCheckers(reference ?? undefined, planned?.limits));
    this.settledAt = planned?.settledAt ?? Number.POSITIVE_INFINITY;
  }

  /** After all of them were observed; false: the trace does not say that the job has ended. */
  finish(facts: readonly Fact[]): boolean {
    const isComplete = facts.some(({ fact }) => fact.type === "job-ended");
    const endAt = facts.at(-1)?.at ?? 0;
    this.run.finish(isComplete, isComplete && endAt >= this.settledAt, endAt);
    return isComplete;
  }
}
