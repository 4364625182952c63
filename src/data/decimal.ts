/** Decimal numbers from bytes, rounded as `Number(text)` rounds them, without a string for those that people write. */

/** Where reading stopped. */
export interface Cursor {
  at: number;
}

const zero = 48;
const minus = 45;
const plus = 43;
const point = 46;

/** 10^0 to 10^22 are exact in float64. */
const powersOfTen: Float64Array = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/**
 * Reads the number at `cursor.at` and moves the cursor behind it; NaN if there is none or it is not finite. Up to 15
 * significant digits and a power of ten up to 22 take one exact multiplication or division; others go through `Number`.
 */
export function readDecimal(bytes: Uint8Array, end: number, cursor: Cursor): number {
  const begin = cursor.at;
  let at = begin;
  const isNegative = bytes[at] === minus;
  if (isNegative || bytes[at] === plus) at++;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  for (; at < end && isDigit(bytes[at]); at++, digits++) mantissa = mantissa * 10 + (bytes[at] - zero);
  if (at < end && bytes[at] === point) {
    at++;
    const pointAt = at;
    for (; at < end && isDigit(bytes[at]); at++) mantissa = mantissa * 10 + (bytes[at] - zero);
    fraction = at - pointAt;
    digits += fraction;
  }
  if (digits === 0) return Number.NaN;
  let exponent = 0;
  if (at < end && (bytes[at] | 32) === 101) {
    let exponentAt = at + 1;
    const isDown = bytes[exponentAt] === minus;
    if (exponentAt < end && (isDown || bytes[exponentAt] === plus)) exponentAt++;
    const from = exponentAt;
    for (; exponentAt < end && isDigit(bytes[exponentAt]); exponentAt++) {
      exponent = exponent * 10 + (bytes[exponentAt] - zero);
    }
    if (exponentAt === from) return Number.NaN;
    if (isDown) exponent = -exponent;
    at = exponentAt;
  }
  cursor.at = at;
  const scale = exponent - fraction;
  if (digits > 15 || scale < -22 || scale > 22) return slowDecimal(bytes, begin, at);
  const size = scale < 0 ? mantissa / powersOfTen[-scale] : mantissa * powersOfTen[scale];
  return isNegative ? -size : size;
}

function slowDecimal(bytes: Uint8Array, begin: number, end: number): number {
  const value = Number(String.fromCharCode(...bytes.subarray(begin, Math.min(end, begin + 1024))));
  return end - begin <= 1024 && Number.isFinite(value) ? value : Number.NaN;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 57;
}
