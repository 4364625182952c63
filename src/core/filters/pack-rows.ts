/** The last step of lossy filtering, the same for pushes and pulls: what is left becomes the message's rows. */
import { keyBlockEnds } from "../keys/key-blocks.ts";
import { hashText, unitDraw } from "../keys/mix.ts";
import type { ParameterSpec, Values } from "../parameter.ts";
import { newValues, takeRows } from "../store/kernels.ts";
import type { FilteredValues } from "./encoded-values.ts";
import { filterKinds, type FilterKind, type FilterSpec } from "./filter-spec.ts";
import { makeFixed, type BlockRows } from "./fixed-point.ts";
import { maskBytes, setBit } from "./row-mask.ts";

/** Rows on their way through a stack of filters. */
export interface Rows {
  readonly spec: ParameterSpec;
  readonly pairs: Uint32Array;
  readonly width: number;
  values: Values;
  /** For each key the filter that left it out, as `filterCode`, or 0. Undefined: nobody did. */
  leftOutBy: Uint8Array | undefined;
  /** Every draw is a hash of this text, the filter, the key. Few stacks draw. */
  readonly drawsFrom: () => string;
}

export function filterCode(kind: FilterKind): number {
  return 1 + filterKinds.indexOf(kind);
}

/** The parameters of a filter of the stack, if it is there. */
export function filterOf<Kind extends FilterKind>(
  filters: readonly FilterSpec[],
  kind: Kind,
): Extract<FilterSpec, { readonly kind: Kind }> | undefined {
  for (const filter of filters) {
    if (filter.kind === kind) return filter as Extract<FilterSpec, { readonly kind: Kind }>;
  }
  return undefined;
}

export function leaveOut(rows: Rows): Uint8Array {
  rows.leftOutBy ??= new Uint8Array(rows.pairs.length >>> 1);
  return rows.leftOutBy;
}

/** Random skip (OSDI'14 section 3.6): what is left is divided by the probability at the receiver. */
export function skipAtRandom(rows: Rows, probability: number): void {
  const [seedLow, seedHigh] = hashText(`${rows.drawsFrom()}/random-skip`);
  const code = filterCode("random-skip");
  const { pairs } = rows;
  const leftOutBy = leaveOut(rows);
  for (let j = 0; j < leftOutBy.length; j++) {
    if (leftOutBy[j] !== 0) continue;
    if (unitDraw(seedLow, seedHigh, pairs[2 * j], pairs[2 * j + 1]) >= probability) leftOutBy[j] = code;
  }
}

/** Runs the filters that both directions share, random skip and fixed point, and packs what is left. */
export function packRows(rows: Rows, filters: readonly FilterSpec[]): FilteredValues {
  const skip = filterOf(filters, "random-skip");
  if (skip !== undefined) skipAtRandom(rows, skip.probability);
  const kept = compact(rows);
  const packed: FilteredValues = {
    element: rows.spec.element,
    width: rows.width,
    count: rows.pairs.length >>> 1,
    mask: kept.mask,
    data: kept.values,
    fixed: undefined,
    scale: skip === undefined ? 1 : 1 / skip.probability,
    base: 0,
    cleared: undefined,
    leftOutBy: rows.leftOutBy,
  };
  const fixedPoint = filterOf(filters, "fixed-point");
  if (fixedPoint === undefined) return packed;
  const seeds = Array.from({ length: rows.width }, (_, c) =>
    hashText(`${rows.drawsFrom()}/fixed-point/${c}`),
  );
  const fixed = makeFixed(new Float64Array(kept.values), fixedPoint.bytes, blockRows(rows.spec, kept.pairs), {
    seeds,
    pairs: kept.pairs,
  });
  return fixed === undefined ? packed : { ...packed, ...fixed };
}

interface Kept {
  readonly values: Values;
  readonly pairs: Uint32Array;
  readonly mask: Uint8Array | undefined;
}

function compact(rows: Rows): Kept {
  const { leftOutBy, pairs, values, width } = rows;
  const all: Kept = { values, pairs, mask: undefined };
  if (leftOutBy === undefined) return all;
  const mask = new Uint8Array(maskBytes(leftOutBy.length));
  const indices = new Int32Array(leftOutBy.length);
  let count = 0;
  for (let j = 0; j < leftOutBy.length; j++) {
    if (leftOutBy[j] !== 0) continue;
    setBit(mask, j);
    indices[count++] = j;
  }
  if (count === leftOutBy.length) return all;
  const kept = indices.subarray(0, count);
  const out = newValues(rows.spec.element, count * width);
  takeRows(values, kept, out, width);
  const keptPairs = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    keptPairs[2 * i] = pairs[2 * kept[i]];
    keptPairs[2 * i + 1] = pairs[2 * kept[i] + 1];
  }
  return { values: out, pairs: keptPairs, mask };
}

function blockRows(spec: ParameterSpec, pairs: Uint32Array): BlockRows {
  const { blocks, ends } = keyBlockEnds(spec, pairs, 0, pairs.length >>> 1);
  const rows = new Uint32Array(ends.length);
  for (let b = 0; b < ends.length; b++) rows[b] = b === 0 ? ends[b] : ends[b] - ends[b - 1];
  return { blocks, rows };
}
