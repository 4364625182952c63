/**
 * The filters of a push (OSDI'14 section 3.6). Lossy ones run once per identity over the whole key list, before it is
 * split by segment, in one order whichever way a job lists them: KKT, significantly modified, random skip, fixed
 * point. Lossless ones, key caching and compression, run at each transmission.
 */
import { assert } from "../assert.ts";
import { keyCount, type KeyList } from "../keys/key-list.ts";
import type { PushIdentity } from "../identities.ts";
import type { ParameterSpec, Values } from "../parameter.ts";
import type { FilteredValues } from "./encoded-values.ts";
import type { LossyState } from "./lossy-state.ts";
import { filterCode, filterOf, leaveOut, packRows, type Rows } from "./pack-rows.ts";

export interface PushRows {
  readonly spec: ParameterSpec;
  readonly jobSeed: string;
  readonly identity: PushIdentity;
  readonly keys: KeyList;
  /** Row j belongs to key j. The push owns them. */
  readonly values: Values;
  /** Rows whose entry is 0 are left out, where the stack has KKT. */
  readonly active: Uint8Array | undefined;
}

/** What travels of a push. Same job, identity and rows: same bits. `state` is told when the push ends. */
export function encodePush(request: PushRows, state: LossyState): FilteredValues {
  const { spec, keys, values, identity } = request;
  const filters = spec.pushFilters;
  const width = spec.pushWidth;
  assert(
    values.length === keyCount(keys) * width,
    () => `${values.length} values are ${width} for each key pushed`,
  );
  const rows: Rows = {
    spec,
    pairs: keys.pairs,
    width,
    values,
    leftOutBy: undefined,
    drawsFrom: () =>
      `${request.jobSeed}/push/${identity.parameter}/${identity.slot}/${identity.time}/${identity.op}`,
  };
  const { active } = request;
  if (active !== undefined && filterOf(filters, "kkt") !== undefined) leaveOutInactive(rows, active);
  const modified = filterOf(filters, "significantly-modified");
  if (modified !== undefined) state.withhold(rows, keys, identity, thresholdAt(modified, identity.time));
  return packRows(rows, filters);
}

/** Falls with time, so that what is withheld does not keep a job from converging (NIPS'14 theorem 2). */
export function thresholdAt(
  filter: { readonly threshold: number; readonly decay: number },
  time: number,
): number {
  return filter.threshold / (1 + time * filter.decay);
}

function leaveOutInactive(rows: Rows, active: Uint8Array): void {
  const code = filterCode("kkt");
  const leftOutBy = leaveOut(rows);
  assert(active.length === leftOutBy.length, `${active.length} active bits are one for each key`);
  for (let j = 0; j < active.length; j++) if (active[j] === 0) leftOutBy[j] = code;
}
