import { OddsError } from './odds-error.ts';

/** An exact number: lowest terms, positive denominator. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A number as a caller writes it. Text and numbers are taken by their decimal digits: 0.1 is exactly one tenth. */
export type Amount = string | number | bigint | Rational;

/** Which neighbour a number between two roundable ones goes to: nearest with halves away from zero, towards zero, or nearest with halves to even. */
export type Rounding = 'half-up' | 'down' | 'half-even';

const MAX_TEXT = 64;
const MAX_EXPONENT = 400;

/** @throws RangeError when `denominator` is 0 */
export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n) throw new RangeError('A rational number needs a denominator other than 0');
  const divisor = gcd(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export const ZERO: Rational = rational(0n);
export const ONE: Rational = rational(1n);

export const add = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));
export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator);
/** @throws RangeError when `b` is 0 */
export const divide = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator);
export const negate = (a: Rational): Rational => ({ numerator: -a.numerator, denominator: a.denominator });
/** Negative, 0 or positive as `a` is less than, equal to or greater than `b`. */
export const compare = (a: Rational, b: Rational): number =>
  Number(sign(a.numerator * b.denominator - b.numerator * a.denominator));

/**
 * Reads a finite decimal such as "2.10", "-0.75", 2.1 or 1e-7, exactly.
 *
 * @throws OddsError AMOUNT_INVALID, naming `what`
 */
export function toRational(amount: Amount, what = 'Amount'): Rational {
  if (typeof amount === 'bigint') return rational(amount);
  if (typeof amount === 'object' && amount !== null && amount.denominator > 0n) {
    return rational(amount.numerator, amount.denominator);
  }
  const text = String(amount).trim();
  const parts = text.length <= MAX_TEXT ? /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i.exec(text) : null;
  const exponent = Number(parts?.[4] ?? 0);
  if (parts === null || Math.abs(exponent) > MAX_EXPONENT) {
    const got = text.length <= MAX_TEXT ? `"${text}"` : `${text.length} characters`;
    throw new OddsError('AMOUNT_INVALID', `${what} must be a finite decimal number such as 12.50, got ${got}`, {
      what,
      amount,
    });
  }
  const [, minus, whole = '', fraction = ''] = parts;
  const scale = exponent - fraction.length;
  const digits = BigInt(whole + fraction) * (minus === '-' ? -1n : 1n);
  return scale >= 0 ? rational(digits * 10n ** BigInt(scale)) : rational(digits, 10n ** BigInt(-scale));
}

/** The double nearest to it, for numbers of ordinary size (both parts below 1e300). */
export function toNumber(value: Rational): number {
  const { numerator, denominator } = value;
  const small = BigInt(Number.MAX_SAFE_INTEGER);
  if (numerator <= small && -numerator <= small && denominator <= small) return Number(numerator) / Number(denominator);
  const scaled = (numerator * 10n ** 25n) / denominator;
  const safe = scaled === 0n || numerator / denominator !== 0n;
  return safe ? Number(`${scaled}e-25`) : Number(numerator) / Number(denominator);
}

/**
 * Its decimal digits with a fixed number of places, rounded once: "16.50".
 *
 * @param places 0 to 30
 */
export function toFixed(value: Rational, places: number, rounding: Rounding = 'half-up'): string {
  if (!Number.isInteger(places) || places < 0 || places > 30) {
    throw new OddsError('OPTION_INVALID', `Places must be a whole number from 0 to 30, got ${places}`, { places });
  }
  const negative = value.numerator < 0n;
  const digits = roundMagnitude(
    (negative ? -value.numerator : value.numerator) * 10n ** BigInt(places),
    value.denominator,
    rounding,
  );
  const text = digits.toString().padStart(places + 1, '0');
  const unsigned = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  return negative && digits !== 0n ? `-${unsigned}` : unsigned;
}

function roundMagnitude(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const whole = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (rounding === 'down' || twice < denominator) return whole;
  return twice > denominator || rounding === 'half-up' || whole % 2n === 1n ? whole + 1n : whole;
}

/** The greatest common divisor, positive; 1 of two zeros. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

const sign = (value: bigint): bigint => (value > 0n ? 1n : value < 0n ? -1n : 0n);
