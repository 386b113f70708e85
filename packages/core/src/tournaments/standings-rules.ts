import type { ConductScale } from './conduct.ts';
import { TournamentError } from './tournament-error.ts';

/**
 * What one comparison of level teams looks at. More is better, except in the two lists, where earlier is better.
 *
 * - `points`, `wins`, `goalDifference`, `goalsFor`: as in the table
 * - `goalAverage`: goals for divided by goals against (0 goals against: infinite; 0 divided by 0 counts as 0)
 * - `conduct`: conduct points of the cards
 * - `playOff`: for two level teams, the extra match they played against each other (`GroupMatch.playOff`)
 * - `shootout`: for two level teams, the penalty shoot-out after their group match (`GroupMatch.shootout`)
 * - `ranking`: place in `TieFacts.ranking`; decides when it lists all level teams
 * - `lots`: place in `TieFacts.lots`; decides when it lists all level teams
 */
export type Criterion = (typeof CRITERIA)[number];

const CRITERIA = [
  'points',
  'wins',
  'goalDifference',
  'goalsFor',
  'goalAverage',
  'conduct',
  'playOff',
  'shootout',
  'ranking',
  'lots',
] as const;

/** Criteria over the matches between the level teams alone. */
export interface HeadToHead {
  readonly headToHead: readonly Criterion[];
  /** Whether the criteria start again for those that they leave level, over the matches between those alone. */
  readonly reapply: boolean;
}

/** One step in the order of a group: a criterion over all its matches, or the head-to-head criteria. */
export type TieBreaker = Criterion | HeadToHead;

/** How a competition orders teams, as plain data. */
export interface StandingsRules {
  readonly id: string;
  /** Where the rules are written. */
  readonly source: string;
  readonly points: { readonly win: number; readonly draw: number; readonly loss: number };
  /** Steps within a group, the first one deciding first; what the last one leaves level shares a rank. */
  readonly order: readonly TieBreaker[];
  /** Steps between equally placed teams of different groups, such as the third-placed ones. */
  readonly acrossGroups: readonly Criterion[];
  readonly conduct: ConductScale;
}

/** Facts beside the matches that the last tie-breakers ask for. */
export interface TieFacts {
  /** Teams, best first: the FIFA ranking, a qualifiers' ranking. */
  readonly ranking?: readonly string[];
  /** Teams in the order in which they were drawn. */
  readonly lots?: readonly string[];
}

const threeForAWin = { win: 3, draw: 1, loss: 0 } as const;
const fifaConduct: ConductScale = { yellow: -1, secondYellow: -3, directRed: -4, yellowAndDirectRed: -5 };

/** FIFA World Cup 2026: head-to-head first, applied again to those still level; the last word has the FIFA ranking. */
export const fifa2026: StandingsRules = {
  id: 'fifa-2026',
  source: 'Regulations for the FIFA World Cup 2026, group stage: equal points',
  points: threeForAWin,
  order: [
    'points',
    { headToHead: ['points', 'goalDifference', 'goalsFor'], reapply: true },
    'goalDifference',
    'goalsFor',
    'conduct',
    'ranking',
  ],
  acrossGroups: ['points', 'goalDifference', 'goalsFor', 'conduct', 'ranking'],
  conduct: fifaConduct,
};

/** FIFA World Cups until 2022: the whole group first, then head-to-head, fair play (since 2018) and lots. */
export const fifa2022: StandingsRules = {
  id: 'fifa-2022',
  source: 'Regulations for the FIFA World Cup 2022: equal points',
  points: threeForAWin,
  order: [
    'points',
    'goalDifference',
    'goalsFor',
    { headToHead: ['points', 'goalDifference', 'goalsFor'], reapply: false },
    'conduct',
    'lots',
  ],
  acrossGroups: ['points', 'goalDifference', 'goalsFor', 'conduct', 'lots'],
  conduct: fifaConduct,
};

/** UEFA EURO 2024: head-to-head first, applied again; a shoot-out when two fully level teams meet last; the qualifiers' ranking. */
export const uefa2024: StandingsRules = {
  id: 'uefa-2024',
  source: 'Regulations of the UEFA European Football Championship 2022-24: equal points in the final tournament',
  points: threeForAWin,
  order: [
    'points',
    { headToHead: ['points', 'goalDifference', 'goalsFor'], reapply: true },
    'goalDifference',
    'goalsFor',
    'shootout',
    'conduct',
    'ranking',
  ],
  acrossGroups: ['points', 'goalDifference', 'goalsFor', 'wins', 'conduct', 'ranking'],
  conduct: { yellow: -1, secondYellow: -3, directRed: -3, yellowAndDirectRed: -4 },
};

/** @throws TournamentError `INVALID_RULES` for a criterion that does not exist or points that are no number */
export function checkRules({ order, acrossGroups, points }: StandingsRules): void {
  for (const step of order) {
    if (typeof step === 'string') checkCriterion(step);
    else step.headToHead.forEach(checkCriterion);
  }
  acrossGroups.forEach(checkCriterion);
  for (const [outcome, value] of Object.entries(points)) {
    if (Number.isFinite(value)) continue;
    const message = `The points of a ${outcome} are a number, got ${value}`;
    throw new TournamentError('INVALID_RULES', message, `rules.points.${outcome}`, value);
  }
}

function checkCriterion(criterion: Criterion): void {
  if (CRITERIA.includes(criterion)) return;
  const message = `There is no criterion "${criterion}" to order teams by; there are ${CRITERIA.join(', ')}`;
  throw new TournamentError('INVALID_RULES', message, 'rules.order', criterion);
}
