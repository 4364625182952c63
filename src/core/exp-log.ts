/**
 * `exp`, `log` and `log1p` from + - * / alone, so that a result has the same bits on every engine: `Math.exp` may
 * differ in the last one. Within 2 ulp of `Math` (a test).
 */

const log2E = 1.4426950408889634;
/** ln 2 in two parts: the upper one has 20 zero bits at its end, so that its product with an exponent is exact. */
const ln2Upper = 6.9314718036912381649e-1;
const ln2Lower = 1.90821492927058770002e-10;
/** Adding and subtracting 1.5 * 2^52 rounds a double of moderate size to the nearest integer. */
const rounder = 6755399441055744;

const expMax = 709.782712893384;
const expMin = -745.1332191019412;

/** powersOfTwo[1075 + k] is 2^k, for k from -1075 (which is 0) to 1023. */
const powersOfTwo: Float64Array = makePowersOfTwo();

function makePowersOfTwo(): Float64Array {
  const powers = new Float64Array(1075 + 1024);
  powers[1075] = 1;
  for (let k = 1; k <= 1023; k++) powers[1075 + k] = powers[1075 + k - 1] * 2;
  for (let k = 1; k <= 1075; k++) powers[1075 - k] = powers[1075 - k + 1] / 2;
  return powers;
}

/** e^x: 2^k * e^r with |r| <= ln(2) / 2, and e^r as its Taylor series, summed in pairs so that the parts overlap. */
export function exp(x: number): number {
  if (!(x <= expMax)) return x > expMax ? Infinity : x;
  if (x < expMin) return 0;
  const k = x * log2E + rounder - rounder;
  const r = x - k * ln2Upper - k * ln2Lower;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = 0.5 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120));
  const middle = 1 / 720 + r * (1 / 5040) + r2 * (1 / 40320 + r * (1 / 362880));
  const high = 1 / 3628800 + r * (1 / 39916800) + r2 * (1 / 479001600);
  const y = 1 + (r + r2 * (low + r4 * (middle + r4 * high)));
  // 2^1024 is no double: at the very top the last factor 2 is taken apart.
  return k < 1024 ? y * powersOfTwo[k + 1075] : y * 2 * powersOfTwo[2098];
}

const float: Float64Array = new Float64Array(1);
/** The same eight bytes as two words: [low, high] on every platform that Node runs on. */
const words: Uint32Array = new Uint32Array(float.buffer);
const sqrtHalfHigh = 0x3fe6a09e;

/** The natural logarithm. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const isSubnormal = x < 2.2250738585072014e-308;
  float[0] = isSubnormal ? x * 18014398509481984 : x;
  // x = 2^k * (1 + f) with sqrt(1/2) < 1 + f < sqrt(2).
  const shifted = words[1] + (0x3ff00000 - sqrtHalfHigh);
  const k = (shifted >>> 20) - 1023 - (isSubnormal ? 54 : 0);
  words[1] = (shifted & 0xfffff) + sqrtHalfHigh;
  const f = float[0] - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const half = 0.5 * f * f;
  return k * ln2Upper - (half - (s * (half + even + odd) + k * ln2Lower) - f);
}

/** log(1 + x) without losing a small x. */
export function log1p(x: number): number {
  const u = 1 + x;
  if (u === 1 || !(x > -1 && x < Infinity)) return u === 1 || x === Infinity ? x : log(u);
  // What rounding 1 + x lost, to first order.
  return log(u) + (x - (u - 1)) / u;
}
