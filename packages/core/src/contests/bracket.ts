import type { Expr, RuleSet } from '../rules/index.ts';

const PICKS = 63;
const ROUND_POINTS = [10, 20, 40, 80, 160, 320] as const;

/**
 * A whole bracket of 64 teams as one row: `picks` and `winners` hold 63 team numbers, 32 of the first round, then 16, 8, 4,
 * 2, 1; 0 in `winners` is a match that has not been played. A right pick pays 10, 20, 40, 80, 160, 320 by round, so a round
 * pays 320 and a perfect bracket 1920. Source: ESPN Tournament Challenge.
 */
export const espnBracket: RuleSet = {
  id: 'espn-bracket',
  version: 1,
  mode: 'sum',
  fields: {
    picks: { type: 'ints', length: PICKS, min: 1, max: 64 },
    winners: { type: 'ints', length: PICKS, min: 0, max: 64 },
  },
  define: ROUND_POINTS.map((_, i) => ({ id: `round${i + 1}`, value: correctInRound(i + 1) })),
  rules: ROUND_POINTS.map((points, i) => ({
    id: `round${i + 1}Points`,
    when: ['lt', 0, `$round${i + 1}`],
    points: ['mul', 1000 * points, `$round${i + 1}`],
    label: `Winners of round ${i + 1}`,
  })),
  tieBreak: [
    { id: 'champion', value: '$round6' },
    { id: 'correct', value: ['add', '$round1', '$round2', '$round3', '$round4', '$round5', '$round6'] },
  ],
};

function correctInRound(round: number): Expr {
  const to = 64 - 2 ** (6 - round);
  return ['agree', '$picks', '$winners', to - 2 ** (6 - round) + 1, to];
}

/** How a bracket pays for each pick. All in points. */
export interface BracketPoints {
  readonly id: string;
  /** By round, the first first. */
  readonly round: readonly number[];
  /** By the seed of the winner, 1 first. */
  readonly seed?: readonly number[];
  /** Whether the two are added or multiplied. Default `add`. */
  readonly combine?: 'add' | 'multiply';
  /** For each place that the winner was seeded behind the loser. */
  readonly upset?: number;
}

/**
 * A rule set for brackets with a row per pick, where rounds, seeds and upsets pay as given. Source: the parameters
 * bonus.round, bonus.seed and combine of the R package mRchmadness; the upset bonus is common in office contests.
 */
export function bracketPoints({ id, round, seed, combine = 'add', upset = 0 }: BracketPoints): RuleSet {
  const byRound = table(round, '$round');
  const points: Expr =
    seed === undefined
      ? byRound
      : combine === 'add'
        ? ['add', byRound, table(seed, '$seed')]
        : ['div', ['mul', byRound, table(seed, '$seed')], 1000, 'half-up'];
  const right: Expr = ['eq', '$pick', '$winner'];
  const rules = [{ id: 'winner', when: right, points, label: 'Winner' }];
  const behind: Expr = ['sub', '$seed', '$loserSeed'];
  const surprise = {
    id: 'upset',
    when: ['and', right, ['lt', 0, behind]],
    points: ['mul', milli(upset), behind],
    label: 'Upset',
  };
  return {
    id,
    version: 1,
    mode: 'sum',
    fields: {
      round: { type: 'int', min: 1, max: round.length },
      pick: { type: 'int', min: 1, max: 128 },
      winner: { type: 'int', min: 0, max: 128 },
      seed: { type: 'int', min: 1, max: 16 },
      ...(upset === 0 ? {} : { loserSeed: { type: 'int', min: 1, max: 16 } as const }),
    },
    rules: upset === 0 ? rules : [...rules, surprise],
  };
}

const milli = (points: number): number => Math.round(points * 1000);

const table = (points: readonly number[], key: string): Expr => [
  'lookup',
  points.map((value, i) => [i + 1, milli(value)]),
  key,
  0,
];

const SEEDS = Array.from({ length: 16 }, (_, i) => i + 1);

/** 1, 2, 4, 8, 16, 32 by round, plus the seed of the winner. */
export const seedBracket: RuleSet = bracketPoints({ id: 'seed-bracket', round: [1, 2, 4, 8, 16, 32], seed: SEEDS });

/** 1 to 6 by round, times the seed of the winner. */
export const seedTimesRoundBracket: RuleSet = bracketPoints({
  id: 'seed-times-round-bracket',
  round: [1, 2, 3, 4, 5, 6],
  seed: SEEDS,
  combine: 'multiply',
});

/** 10, 20, 40, 80, 160, 320 by round, plus 1 for each place that the winner was seeded behind the loser. */
export const upsetBracket: RuleSet = bracketPoints({ id: 'upset-bracket', round: ROUND_POINTS, upset: 1 });
