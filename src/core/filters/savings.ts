/**
 * What each filter saved of a message's payload. Unfiltered, every key travels with its row, in both directions as in
 * OSDI'14 section 3.1; what is saved and what is sent always add up to that. Compression is counted by the codec.
 */
import type { KeyListReference } from "../message/message.ts";
import type { ParameterSpec } from "../parameter.ts";
import { elementBytes } from "../store/kernels.ts";
import type { EncodedValues, FilteredValues } from "./encoded-values.ts";
import { filterKinds } from "./filter-spec.ts";
import { filterOf } from "./pack-rows.ts";
import { keptCount } from "./rows.ts";

const keyBytes: number = 8;
const keyCaching: number = filterKinds.indexOf("key-caching");
const noneSaved: readonly number[] = filterKinds.map(() => 0);

/** Bytes that each filter saved on a part of a push, in the order of `filterKinds`. */
export function pushSavings(
  spec: ParameterSpec,
  encoded: FilteredValues,
  keys: KeyListReference,
): readonly number[] {
  return savings(encoded, keys.pairs === undefined, spec.pushFilters);
}

/**
 * Bytes saved on an answer. Its keys travel with the request or not at all: where key caching is on, that is its doing.
 * `areKeysSent`: the answer to a range brings its keys.
 */
export function pullSavings(
  spec: ParameterSpec,
  encoded: FilteredValues,
  areKeysSent: boolean,
): readonly number[] {
  const isCaching = filterOf(spec.pullFilters, "key-caching") !== undefined;
  return savings(encoded, isCaching && !areKeysSent, spec.pullFilters);
}

/** Bytes saved on the request of a pull: its keys, where their hash was enough. */
export function requestSavings(keys: KeyListReference): readonly number[] {
  return keysSaved(keys.pairs === undefined ? keys.count : 0);
}

/** Bytes of the rows as they travel: masks, integers and extremes included. */
export function payloadBytes(encoded: EncodedValues): number {
  return encoded.data.byteLength + maskPayload(encoded) + fixedPayload(encoded);
}

/** Nothing but the bytes of so many keys. */
function keysSaved(count: number): number[] {
  const saved = noneSaved.slice();
  saved[keyCaching] = keyBytes * count;
  return saved;
}

function savings(
  encoded: FilteredValues,
  areKeysSaved: boolean,
  filters: ParameterSpec["pushFilters"],
): readonly number[] {
  const { count, width, element, fixed, mask, leftOutBy } = encoded;
  const saved = keysSaved(areKeysSaved ? count : 0);
  if (mask === undefined && fixed === undefined && leftOutBy === undefined) return saved;
  const leftOut = leftOutCounts(encoded, filters);
  const rowBytes = width * elementBytes(element);
  for (let kind = 0; kind < saved.length; kind++) saved[kind] += leftOut[kind] * rowBytes;
  const masker = leftOut.findIndex((rows) => rows > 0);
  if (masker >= 0) saved[masker] -= maskPayload(encoded);
  if (fixed !== undefined) {
    const rows = keptCount(encoded);
    saved[filterKinds.indexOf("fixed-point")] +=
      rows * (rowBytes - width * fixed.bytes) - fixedPayload(encoded);
  }
  return saved;
}

function leftOutCounts(encoded: FilteredValues, filters: ParameterSpec["pushFilters"]): readonly number[] {
  const counts = noneSaved.slice();
  const { leftOutBy } = encoded;
  if (leftOutBy !== undefined) {
    for (let j = 0; j < leftOutBy.length; j++) if (leftOutBy[j] !== 0) counts[leftOutBy[j] - 1]++;
    return counts;
  }
  // Whoever knows only the message lays it all to the first filter that leaves rows out.
  const first = filterKinds.findIndex(
    (kind) =>
      (kind === "kkt" || kind === "significantly-modified" || kind === "random-skip") &&
      filterOf(filters, kind) !== undefined,
  );
  if (first >= 0) counts[first] = encoded.count - keptCount(encoded);
  return counts;
}

function maskPayload(encoded: EncodedValues): number {
  return (encoded.mask?.byteLength ?? 0) + (encoded.cleared?.byteLength ?? 0);
}

function fixedPayload(encoded: EncodedValues): number {
  const { fixed } = encoded;
  if (fixed === undefined) return 0;
  return fixed.blocks.byteLength + fixed.extremes.byteLength + fixed.rows.byteLength;
}
