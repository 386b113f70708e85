import { ForecastError } from './forecast.ts';
import { readScores, type ScoreTable } from './score-table.ts';

/**
 * Share of the differences between entrants' totals that another set of like matches would show again: skill; the rest is
 * luck. It is Cronbach's alpha with matches as items: `k / (k - 1) (1 - sum of variances per match / variance of totals)`. 1: the
 * totals are all skill; 0 or less: as different as chance makes them.
 *
 * Source: Cronbach 1951, Coefficient alpha and the internal structure of tests.
 *
 * @param scores at least two entrants and two matches
 * @returns undefined if all totals are equal: there is no difference to explain
 * @throws ForecastError `INVALID_SCORES`
 */
export function skillShare(scores: ScoreTable): number | undefined {
  const { entrants, lists, matches } = readScores(scores);
  if (entrants.length < 2 || matches < 2) {
    const message = `The share of skill needs two entrants and two matches, got ${entrants.length} and ${matches}`;
    throw new ForecastError('INVALID_SCORES', message, [entrants.length, matches]);
  }
  const totals = lists.map((list) => list.reduce((sum, score) => sum + score, 0));
  if (spread(totals) <= roundingOf(lists)) return undefined;
  const ofTotals = variance(totals);
  let ofMatches = 0;
  for (let match = 0; match < matches; match++) ofMatches += variance(lists.map((list) => list[match] ?? 0));
  return (matches / (matches - 1)) * (1 - ofMatches / ofTotals);
}

function spread(totals: readonly number[]): number {
  const sorted = totals.toSorted((a, b) => a - b);
  return (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
}

/** How far two sums of the same numbers can be apart because they were added in different orders. */
function roundingOf(lists: readonly Float64Array[]): number {
  const sizes = lists.map((list) => list.reduce((sum, score) => sum + Math.abs(score), 0));
  return Number.EPSILON * (lists[0]?.length ?? 0) * sizes.reduce((a, b) => Math.max(a, b), 0);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
