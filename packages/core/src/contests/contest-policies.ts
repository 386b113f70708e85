import type { RuleSet } from '../rules/index.ts';
import { type Phase, scorelineAfter } from '../tournaments/knockout.ts';
import type { Scoreline } from '../tournaments/scoreline.ts';
import { ContestError } from './contest-error.ts';
import { MATCH_STATUSES, type MatchResult, type MatchStatus } from './match-result.ts';

/** What a contest does when things do not go as planned. Plain JSON, stored and versioned beside the rule set. */
export interface ContestPolicies {
  /** Until when goals count: 90 minutes, 120, or with the penalties of a shoot-out added, as `scorelineAfter` has it. */
  readonly goalBasis: Phase;
  /** A prediction that was never made: no score, 0 points, a fixed scoreline, or one drawn at random. */
  readonly missing: 'reject' | 'zero' | { readonly scoreline: Scoreline; readonly mostHits?: number } | 'random';
  /** A prediction after the deadline. */
  readonly late: 'reject' | 'zero' | 'score';
  /** A match broken off: void, decided by the scoreline it had, or open until it is played or awarded. */
  readonly abandoned: 'void' | 'score' | 'wait';
  /** A match moved: void, or open, with the predictions kept or to be made again. */
  readonly postponed: 'void' | 'keep' | 'repick';
  /** A match decided at the table: void, or decided by the awarded scoreline. */
  readonly awarded: 'void' | 'score';
  /** A result that changes after it was scored. */
  readonly corrected: 'rescore' | 'keep';
  /** Points that an entrant starts with who joins when matches have been played. */
  readonly lateJoiner: 'zero' | 'lowest' | 'average' | 'reject';
  /** A whole round is void when so many of its matches are. */
  readonly voidRoundFrom?: number;
}

/** What most contests do: 90 minutes, no prediction no points, void when nothing was decided on the pitch. */
export const defaultPolicies: ContestPolicies = {
  goalBasis: 'normalTime',
  missing: 'zero',
  late: 'reject',
  abandoned: 'void',
  postponed: 'keep',
  awarded: 'void',
  corrected: 'rescore',
  lateJoiner: 'zero',
};

/** What a match's result means for its predictions. */
export type Settlement =
  | { readonly type: 'score'; readonly scoreline: Scoreline }
  | { readonly type: 'void' }
  /** There is nothing to score yet; `repick` when predictions are to be made again. */
  | { readonly type: 'open'; readonly repick: boolean };

/** Applies the policies for abandoned, postponed, awarded and cancelled matches to one result. */
export function settle(result: MatchResult, policies: ContestPolicies): Settlement {
  const open: Settlement = { type: 'open', repick: false };
  const { normalTime } = result;
  const score: Settlement =
    normalTime === undefined
      ? open
      : { type: 'score', scoreline: scorelineAfter({ ...result, normalTime }, policies.goalBasis) };
  const choices: { readonly [Status in MatchStatus]: Settlement } = {
    scheduled: open,
    played: score,
    cancelled: { type: 'void' },
    abandoned: { void: { type: 'void' } as const, score, wait: open }[policies.abandoned],
    postponed: { void: { type: 'void' } as const, keep: open, repick: { type: 'open', repick: true } as const }[
      policies.postponed
    ],
    awarded: { void: { type: 'void' } as const, score }[policies.awarded],
  };
  return choices[result.status];
}

/** Applies {@link settle} to a round, and voids all of it when as many matches are void as `voidRoundFrom` says. */
export function settleRound(results: readonly MatchResult[], policies: ContestPolicies): readonly Settlement[] {
  const settlements = results.map((result) => settle(result, policies));
  const void_ = settlements.filter(({ type }) => type === 'void').length;
  const allVoid = policies.voidRoundFrom !== undefined && void_ >= policies.voidRoundFrom;
  return allVoid ? settlements.map(() => ({ type: 'void' })) : settlements;
}

/**
 * The points a late joiner starts with, given the totals of those who are in: nothing, the lowest total, or the average
 * rounded down to a thousandth. Undefined when joining late is not allowed.
 */
export function joiningPoints(totals: readonly number[], policies: ContestPolicies): number | undefined {
  if (policies.lateJoiner === 'reject') return undefined;
  if (policies.lateJoiner === 'zero' || totals.length === 0) return 0;
  if (policies.lateJoiner === 'lowest') return totals.reduce((a, b) => Math.min(a, b));
  return Math.floor(totals.reduce((a, b) => a + b, 0) / totals.length);
}

/**
 * Fills the predictions an entrant did not make, match by match; null stays null where the policy is `reject` or `zero`.
 * With `mostHits`, a fixed scoreline fills only until it has been exactly right that often, given the `results` so far.
 *
 * @param random a number from 0 up to 1, drawn once for each missing prediction under the policy `random`; scorelines 0-0 to
 *   4-4 are equally likely. Seed it by entrant and contest, so that a replay fills the same.
 */
export function fillMissing(
  predictions: readonly (Scoreline | null)[],
  results: readonly (Scoreline | undefined)[],
  policies: ContestPolicies,
  random: () => number,
): readonly (Scoreline | null)[] {
  const { missing } = policies;
  let hits = 0;
  return predictions.map((prediction, i) => {
    if (prediction !== null || missing === 'reject' || missing === 'zero') return prediction;
    if (missing === 'random') {
      const drawn = Math.floor(unitInterval(random()) * 25);
      return [Math.floor(drawn / 5), drawn % 5];
    }
    if (hits >= (missing.mostHits ?? Number.POSITIVE_INFINITY)) return null;
    const result = results[i];
    if (result?.[0] === missing.scoreline[0] && result[1] === missing.scoreline[1]) hits++;
    return missing.scoreline;
  });
}

function unitInterval(value: number): number {
  if (value >= 0 && value < 1) return value;
  throw new ContestError('OUT_OF_RANGE', `random() must be from 0 up to 1, got ${value}.`, value);
}

/**
 * A rule set that applies the policies by itself, in both back ends: a field `status`, {@link MATCH_STATUSES}, by which
 * rows of void matches get the reason `void`, and the policies for missing, late and corrected. Rows of open matches
 * must not be scored; they are void here, too, so that scoring them by mistake pays nothing. What {@link fillMissing} fills
 * has to be filled before.
 */
export function withMatchStatus(ruleSet: RuleSet, policies: ContestPolicies): RuleSet {
  const counts = MATCH_STATUSES.filter(
    (status) =>
      status === 'played' ||
      (status === 'abandoned' && policies.abandoned === 'score') ||
      (status === 'awarded' && policies.awarded === 'score'),
  );
  const byStatus = ['not', ['in', '$status', counts]] as const;
  return {
    ...ruleSet,
    fields: { ...ruleSet.fields, status: { type: 'text', oneOf: MATCH_STATUSES } },
    void: ruleSet.void === undefined ? byStatus : ['or', ruleSet.void, byStatus],
    policies: {
      ...ruleSet.policies,
      missing: policies.missing === 'zero' ? 'zero' : 'reject',
      late: policies.late,
      void: 'reject',
      correction: policies.corrected,
    },
  };
}
