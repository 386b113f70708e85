import type { GroupMatch } from './group.ts';
import type { Criterion, StandingsRules, TieBreaker, TieFacts } from './standings-rules.ts';
import { type Tally, tally } from './tally.ts';

/** The comparison that separated two neighbours of a table. */
export interface Decision {
  readonly criterion: Criterion;
  /** Over the matches between these teams alone, in the order of the table before it was applied; absent: over all matches. */
  readonly headToHead?: readonly string[];
}

/** Teams that share a rank, and what placed them below those before them. */
export interface TiedClass {
  readonly teams: readonly string[];
  readonly decidedBy?: Decision;
}

/** What the criteria are read from. */
export interface OrderContext {
  readonly matches: readonly GroupMatch[];
  readonly rules: Pick<StandingsRules, 'points' | 'conduct'>;
  readonly facts: TieFacts;
  readonly table: ReadonlyMap<string, Tally>;
}

/** Separates level teams step by step. Head-to-head criteria that are re-applied start again for each smaller class that they leave. */
export function orderByCriteria(
  level: readonly string[],
  steps: readonly TieBreaker[],
  context: OrderContext,
): TiedClass[] {
  const [step, ...rest] = steps;
  if (level.length === 1 || step === undefined) return [{ teams: level }];
  const classes =
    typeof step === 'string' ? split(level, [step], context) : splitHeadToHead(level, step.headToHead, context);
  const again = typeof step === 'object' && step.reapply;
  return classes.flatMap(({ teams, decidedBy }) => {
    const [first, ...others] = orderByCriteria(teams, again && teams.length < level.length ? steps : rest, context);
    return [{ teams: first?.teams ?? [], ...(decidedBy && { decidedBy }) }, ...others];
  });
}

function splitHeadToHead(level: readonly string[], criteria: readonly Criterion[], context: OrderContext): TiedClass[] {
  const table = tally(level, context.matches, context.rules);
  return split(level, criteria, { ...context, table }).map(({ teams, decidedBy }) =>
    decidedBy ? { teams, decidedBy: { ...decidedBy, headToHead: level } } : { teams },
  );
}

function split(level: readonly string[], criteria: readonly Criterion[], context: OrderContext): TiedClass[] {
  let classes: TiedClass[] = [{ teams: level }];
  for (const criterion of criteria) {
    const value = reader(criterion, level, context);
    classes = classes.flatMap((tied) => (tied.teams.length === 1 ? tied : splitClass(tied, criterion, value)));
  }
  return classes;
}

function splitClass(tied: TiedClass, criterion: Criterion, value: (team: string) => number): TiedClass[] {
  const values = [...new Set(tied.teams.map(value))].sort((a, b) => b - a);
  if (values.length === 1) return [tied];
  return values.map((of, i): TiedClass => {
    const teams = tied.teams.filter((team) => value(team) === of);
    const decidedBy = i === 0 ? tied.decidedBy : { criterion };
    return decidedBy ? { teams, decidedBy } : { teams };
  });
}

/** A number per team, more is better; a criterion that cannot decide between the level teams gives all of them 0. */
function reader(criterion: Criterion, level: readonly string[], context: OrderContext): (team: string) => number {
  const sum = (team: string): Tally => context.table.get(team) as Tally;
  switch (criterion) {
    case 'points':
    case 'wins':
    case 'goalsFor':
    case 'conduct':
      return (team) => sum(team)[criterion];
    case 'goalDifference':
      return (team) => sum(team).goalsFor - sum(team).goalsAgainst;
    case 'goalAverage':
      // A quotient of whole numbers this small is equal as a double exactly when it is equal as a fraction.
      return (team) => (sum(team).goalsFor === 0 ? 0 : sum(team).goalsFor / sum(team).goalsAgainst);
    case 'playOff':
    case 'shootout':
      return duel(criterion, level, context.matches);
    case 'ranking':
    case 'lots':
      return listed(level, context.facts[criterion] ?? []);
  }
}

function duel(
  criterion: 'playOff' | 'shootout',
  level: readonly string[],
  matches: readonly GroupMatch[],
): (team: string) => number {
  const decisive = level.length === 2 ? matches.findLast((match) => isDuel(match, criterion, level)) : undefined;
  if (decisive === undefined) return () => 0;
  const [home, away] = (criterion === 'shootout' ? decisive.shootout : undefined) ?? decisive.scoreline;
  return (team) => (team === decisive.home ? home : away);
}

function isDuel(match: GroupMatch, criterion: 'playOff' | 'shootout', level: readonly string[]): boolean {
  const between = level.includes(match.home) && level.includes(match.away);
  return between && (criterion === 'playOff' ? match.playOff === true : match.shootout !== undefined);
}

function listed(level: readonly string[], list: readonly string[]): (team: string) => number {
  return level.every((team) => list.includes(team)) ? (team) => -list.indexOf(team) : () => 0;
}
