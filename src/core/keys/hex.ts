/** Four words as 32 hexadecimal digits, the high ones first: one flat string, made in one go, as maps ask for it. */

const digits: readonly number[] = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

export function hexOfWords(a: number, b: number, c: number, d: number): string {
  return String.fromCharCode(
    digits[a >>> 28],
    digits[(a >>> 24) & 15],
    digits[(a >>> 20) & 15],
    digits[(a >>> 16) & 15],
    digits[(a >>> 12) & 15],
    digits[(a >>> 8) & 15],
    digits[(a >>> 4) & 15],
    digits[a & 15],
    digits[b >>> 28],
    digits[(b >>> 24) & 15],
    digits[(b >>> 20) & 15],
    digits[(b >>> 16) & 15],
    digits[(b >>> 12) & 15],
    digits[(b >>> 8) & 15],
    digits[(b >>> 4) & 15],
    digits[b & 15],
    digits[c >>> 28],
    digits[(c >>> 24) & 15],
    digits[(c >>> 20) & 15],
    digits[(c >>> 16) & 15],
    digits[(c >>> 12) & 15],
    digits[(c >>> 8) & 15],
    digits[(c >>> 4) & 15],
    digits[c & 15],
    digits[d >>> 28],
    digits[(d >>> 24) & 15],
    digits[(d >>> 20) & 15],
    digits[(d >>> 16) & 15],
    digits[(d >>> 12) & 15],
    digits[(d >>> 8) & 15],
    digits[(d >>> 4) & 15],
    digits[d & 15],
  );
}
