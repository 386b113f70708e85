import type { Expr, RuleSet } from '../rules/index.ts';
import { DEFAULT_THRESHOLDS, type Threshold } from './find-opportunities.ts';
import { OddsError } from './odds-error.ts';

/** Decimal odds above this would take the exact product beyond 2^53. */
const MAX_ODDS = 900;
const TIME = { type: 'int', min: 0, max: 4_102_444_800_000 } as const;

/**
 * The judgement of one offer as a rule set: what `expectedValue` and the thresholds of `findOpportunities` say, in
 * integers, so that it runs inside Postgres on a table of offers beside their fair probabilities. Only the probability
 * needs functions that SQL and JavaScript may round differently; it is an input here.
 *
 * Fields: `oddsMilli` (decimal odds in thousandths, 1.001 to 900), `probabilityPpm` (of the worst method, in millionths),
 * `commissionBp` (in ten-thousandths). With `maxAgeMs` also `at` and `now`, epoch milliseconds up to the year 2100; an older
 * offer is rejected as late.
 *
 * Points: milli-points are the expected value in millionths, rounded down; a point is 0.1 %. The rule that fired is the
 * threshold by its number, from 1; one more than there are when the offer is below all. Thresholds are compared before
 * the rounding, exactly.
 *
 * @param options.thresholds best first, in whole millionths. Default `DEFAULT_THRESHOLDS`
 * @throws OddsError OPTION_INVALID for a threshold that is not whole in millionths or beyond -1 to 899
 */
export function expectedValueRules(
  options: { readonly id?: string; readonly thresholds?: readonly Threshold[]; readonly maxAgeMs?: number } = {},
): RuleSet {
  const { id = 'expectedValue', thresholds = DEFAULT_THRESHOLDS, maxAgeMs } = options;
  const net: Expr = ['add', 10_000_000, ['mul', ['sub', '$oddsMilli', 1000], ['sub', 10_000, '$commissionBp']]];
  const value: Expr = ['div', '$edge', 10_000_000, 'floor'];
  const reaches = ({ min, inclusive = true, label }: Threshold): Expr => {
    const millionths = Math.round(min * 1e6);
    if (!(Math.abs(millionths - min * 1e6) < 1e-6 && millionths >= -1e6 && millionths <= (MAX_ODDS - 1) * 1e6)) {
      throw new OddsError(
        'OPTION_INVALID',
        `A threshold must be whole in millionths and from -1 to ${MAX_ODDS - 1}, got ${min} for "${label}"`,
        { label, min },
      );
    }
    return [inclusive ? 'le' : 'lt', millionths * 1e7, '$edge'];
  };
  return {
    id,
    version: 1,
    fields: {
      oddsMilli: { type: 'int', min: 1001, max: MAX_ODDS * 1000 },
      probabilityPpm: { type: 'int', min: 0, max: 1_000_000 },
      commissionBp: { type: 'int', min: 0, max: 9999 },
      ...(maxAgeMs === undefined ? {} : { at: TIME, now: TIME }),
    },
    // p · net − 1 in units of 10^-13: at most 9.0e15, exact.
    define: [{ id: 'edge', value: ['sub', ['mul', '$probabilityPpm', net], 1e13] }],
    mode: 'first',
    rules: [
      ...thresholds.map((threshold, i) => ({
        id: `threshold${i + 1}`,
        label: threshold.label,
        when: reaches(threshold),
        points: value,
      })),
      { id: 'below', label: 'below every threshold', when: true, points: value },
    ],
    ...(maxAgeMs === undefined ? {} : { late: ['lt', maxAgeMs, ['sub', '$now', '$at']] }),
  };
}
