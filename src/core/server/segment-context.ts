/** What a server's segments share: the job, the shell, and what the server knows of its peers. */
import type { Application } from "../application.ts";
import type { KeyListCache } from "../filters/key-caching.ts";
import type { RowCopies } from "../filters/row-copy.ts";
import type { JobSpec } from "../job.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { ParameterSpec } from "../parameter.ts";
import { segmentName } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import type { FillPace } from "./chain/fill-pace.ts";
import type { Replies } from "./replies.ts";

export interface SegmentContext {
  readonly shell: Shell;
  readonly job: JobSpec;
  readonly application: Application;
  readonly keyLists: KeyListCache;
  /** What slots were sent of significantly modified pulls. */
  readonly copies: RowCopies;
  readonly replies: Replies;
  readonly pace: FillPace;
}

/** Which segment of which parameter: messages and facts name it by `parameter` and `begin`. */
export interface SegmentName {
  readonly spec: ParameterSpec;
  readonly parameter: number;
  /** Where it begins on the ring. */
  readonly begin: number;
  readonly range: KeyRange;
}

/** With `tau = 0` every update is in (time, op) order and then slot order, and reads name exact states. */
export function isSequential(job: JobSpec): boolean {
  return job.tau === 0;
}

/** A segment as people name it. */
export function describeSegment({ spec, begin, range }: SegmentName): string {
  return `segment ${segmentName(begin)} of ${spec.name}, keys [${range.begin}, ${range.end})`;
}
