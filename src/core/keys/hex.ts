/** Four words as 32 hexadecimal digits, the high ones first: one flat string, made in one go, as maps ask for it. */

/** Programs name the same lists again and again: a text that is kept has its own hash already, which maps ask it for. */
const keptCount = 1024;
const keptTexts: string[] = new Array<string>(keptCount).fill("");
const keptWords: Int32Array = new Int32Array(4 * keptCount);

const digits: readonly number[] = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

export function hexOfWords(a: number, b: number, c: number, d: number): string {
  const place = a & (keptCount - 1);
  const at = 4 * place;
  const isKept =
    keptWords[at] === (a | 0) &&
    keptWords[at + 1] === (b | 0) &&
    keptWords[at + 2] === (c | 0) &&
    keptWords[at + 3] === (d | 0);
  if (isKept && keptTexts[place] !== "") return keptTexts[place];
  const text = digitsOf(a, b, c, d);
  keptWords[at] = a;
  keptWords[at + 1] = b;
  keptWords[at + 2] = c;
  keptWords[at + 3] = d;
  keptTexts[place] = text;
  return text;
}

function digitsOf(a: number, b: number, c: number, d: number): string {
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
