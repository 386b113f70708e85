/**
 * `Math.exp`, `Math.log` and `Math.pow` differ in the last bit between engines; these use only + - * / and comparison,
 * which IEEE 754 fixes, so a price is the same number on every machine. Within 2 units in the last place.
 */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF = Math.SQRT1_2;

/** Natural logarithm of a positive finite number; -Infinity of 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let mantissa = x;
  let exponent = 0;
  while (mantissa < 2 ** -32) {
    mantissa *= 2 ** 32;
    exponent -= 32;
  }
  while (mantissa > 2 ** 32) {
    mantissa /= 2 ** 32;
    exponent += 32;
  }
  while (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent--;
  }
  while (mantissa > 2 * SQRT_HALF) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh s with s = (m-1)/(m+1), |s| < 0.1716: the tail after s^21 is below 1e-18. Written f - s(f - R) to keep ln(1+f) exact for small f.
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  let tail = 0;
  for (let k = 23; k >= 3; k -= 2) tail = z * (2 / k + tail);
  return exponent * LN2_HIGH + (f - s * (f - tail) + exponent * LN2_LOW);
}

/** e to the x. 0 below -745, Infinity above 710. The rational approximation is that of FreeBSD's e_exp.c (error below 2^-59). */
export function exp(x: number): number {
  if (x < -745) return 0;
  if (x > 710) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))));
  return scale(1 - (low - (r * c) / (2 - c) - high), k);
}

const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 0.00006613756321437934;
const P4 = -0.0000016533902205465252;
const P5 = 0.000000041381367970572385;

function scale(value: number, exponent: number): number {
  const half = HALVES[-exponent];
  if (half !== undefined) return value * half;
  let [result, left] = [value, exponent];
  for (; left > 0; left--) result *= 2;
  for (; left < 0; left++) result *= 0.5;
  return result;
}

/** 2^-i, exactly; probabilities rarely need more. */
const HALVES: readonly number[] = Array.from({ length: 64 }, (_, i) => 1 / 2 ** i);
