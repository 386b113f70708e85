import type { Rounding } from './rule-set.ts';

/** All the values an integer expression can have, both ends included. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** The smallest interval around some values. */
export function hull(values: readonly number[]): Interval {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return { lo, hi };
}

export const join = (a: Interval, b: Interval): Interval => ({ lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) });

/** Interval arithmetic, operator by operator: what the operator can yield when its operands are anything in theirs. */
export const intervals = {
  add: (a: Interval, b: Interval): Interval => ({ lo: a.lo + b.lo, hi: a.hi + b.hi }),
  sub: (a: Interval, b: Interval): Interval => ({ lo: a.lo - b.hi, hi: a.hi - b.lo }),
  mul: (a: Interval, b: Interval): Interval => hull([a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi]),
  min: (a: Interval, b: Interval): Interval => ({ lo: Math.min(a.lo, b.lo), hi: Math.min(a.hi, b.hi) }),
  max: (a: Interval, b: Interval): Interval => ({ lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi) }),
  abs: (a: Interval): Interval =>
    a.lo >= 0 ? a : a.hi <= 0 ? { lo: -a.hi, hi: -a.lo } : { lo: 0, hi: Math.max(-a.lo, a.hi) },
  sign: (a: Interval): Interval => ({ lo: Math.sign(a.lo), hi: Math.sign(a.hi) }),
  /** For b ≥ 1. Rounding is monotone, so the extremes lie in the corners. */
  div: (a: Interval, b: Interval, mode: Rounding): Interval =>
    hull([a.lo, a.hi].flatMap((x) => [divide(x, b.lo, mode), divide(x, b.hi, mode)])),
  /** For b ≥ 1. */
  mod: (a: Interval, b: Interval): Interval => ({ lo: 0, hi: a.lo >= 0 ? Math.min(a.hi, b.hi - 1) : b.hi - 1 }),
} as const;

/**
 * a / b rounded to a whole number, exact for every |a| ≤ 2^53 − 1 and 1 ≤ b ≤ 2^53 − 1: the quotient is made of a
 * remainder, never of a rounded division.
 */
export function divide(a: number, b: number, mode: Rounding): number {
  const rest = a % b;
  const towardsZero = (a - rest) / b;
  if (mode === 'trunc') return towardsZero;
  const floor = rest < 0 ? towardsZero - 1 : towardsZero;
  const above = rest < 0 ? rest + b : rest; // what floor leaves over, 0 ≤ above < b
  if (mode === 'floor') return floor;
  if (mode === 'ceil') return above > 0 ? floor + 1 : floor;
  const below = b - above; // compared instead of 2 * above, which could leave the exact range
  if (above !== below) return above > below ? floor + 1 : floor;
  return mode === 'half-up' || floor % 2 !== 0 ? floor + 1 : floor;
}
