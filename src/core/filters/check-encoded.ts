import type { Element } from "../parameter.ts";
import type { EncodedValues, FixedPoint } from "./encoded-values.ts";
import { bitsBefore, maskBytes } from "./row-mask.ts";

/** What the receiver knows these values must be: `width` bounds the memory that decoding takes. */
export interface ExpectedValues {
  readonly element: Element;
  readonly width: number;
  readonly count: number;
}

/** Why these values, which may be anything, cannot be decoded; undefined: they can. */
export function checkEncoded(encoded: EncodedValues, expected?: ExpectedValues): string | undefined {
  const { element, width, count, mask, cleared, scale, base } = encoded;
  if (!Number.isInteger(width) || width < 1) return `a width of ${width} is not a positive integer`;
  if (!Number.isSafeInteger(count) || count < 0) return `a count of ${count} is not a count`;
  if (expected !== undefined) {
    if (element !== expected.element) return `${element} values where ${expected.element} is kept`;
    if (width !== expected.width) return `${width} values a key where there are ${expected.width}`;
    if (count !== expected.count) return `rows for ${count} keys where there are ${expected.count}`;
  }
  if (!(scale > 0 && scale < Infinity)) return `a scale of ${scale} is not positive and finite`;
  if (!Number.isSafeInteger(base) || base < 0) return `a base of ${base} is not below 2^53`;
  return checkMask(mask, count) ?? checkCleared(encoded, cleared) ?? checkData(encoded);
}

function checkMask(mask: Uint8Array | undefined, count: number): string | undefined {
  if (mask === undefined) return undefined;
  if (mask.length !== maskBytes(count)) return `a mask of ${mask.length} bytes for ${count} keys`;
  if ((count & 7) !== 0 && mask[mask.length - 1] >>> (count & 7) !== 0) {
    return `a mask has bits beyond its ${count} keys`;
  }
  return undefined;
}

function checkCleared(encoded: EncodedValues, cleared: Uint8Array | undefined): string | undefined {
  if (cleared === undefined) return undefined;
  const { mask } = encoded;
  if (encoded.base === 0 || mask === undefined) return "rows are cleared where nothing was to be kept";
  const refusal = checkMask(cleared, encoded.count);
  if (refusal !== undefined) return refusal;
  for (let i = 0; i < mask.length; i++) {
    if ((mask[i] & cleared[i]) !== 0) return "a row is both sent and cleared";
  }
  return undefined;
}

function checkData(encoded: EncodedValues): string | undefined {
  const { count, width, mask, data, fixed, element } = encoded;
  const rows = mask === undefined ? count : bitsBefore(mask, count);
  const length = rows * width * (fixed?.bytes ?? 1);
  if (data.length !== length) return `${data.length} entries of data where ${rows} rows have ${length}`;
  if (fixed !== undefined) {
    if (!(data instanceof Uint8Array)) return "fixed point without bytes";
    return checkFixed(fixed, rows, width);
  }
  const isElement = element === "float32" ? data instanceof Float32Array : data instanceof Float64Array;
  return isElement ? undefined : `data that is not ${element}`;
}

function checkFixed(fixed: FixedPoint, rows: number, width: number): string | undefined {
  const { bytes, blocks, extremes } = fixed;
  if (bytes !== 1 && bytes !== 2 && bytes !== 3) return `fixed point of ${String(bytes)} bytes`;
  if (fixed.rows.length !== blocks.length)
    return `${fixed.rows.length} row counts for ${blocks.length} blocks`;
  if (extremes.length !== 2 * width * blocks.length) {
    return `${extremes.length} extremes for ${blocks.length} blocks of ${width} columns`;
  }
  let sum = 0;
  for (let b = 0; b < blocks.length; b++) {
    if (b > 0 && blocks[b] <= blocks[b - 1]) return "key blocks that are not in order";
    if (fixed.rows[b] === 0) return `key block ${blocks[b]} without rows`;
    sum += fixed.rows[b];
  }
  if (sum !== rows) return `key blocks of ${sum} rows where there are ${rows}`;
  for (let i = 0; i < extremes.length; i += 2) {
    if (!(extremes[i] <= extremes[i + 1] && Number.isFinite(extremes[i + 1] - extremes[i]))) {
      return `extremes ${extremes[i]} and ${extremes[i + 1]} that are no interval`;
    }
  }
  return undefined;
}
