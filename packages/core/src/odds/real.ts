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

/** e to the x. 0 below -745, Infinity above 710. */
export function exp(x: number): number {
  if (x < -745) return 0;
  if (x > 710) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // |r| < 0.347: r^15/15! is below 1e-19.
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (r / n) * sum;
  return scale(sum, k);
}

function scale(value: number, exponent: number): number {
  let [result, left] = [value, exponent];
  for (; left >= 30; left -= 30) result *= 1073741824;
  for (; left <= -30; left += 30) result /= 1073741824;
  for (; left > 0; left--) result *= 2;
  for (; left < 0; left++) result /= 2;
  return result;
}
