import { checkGroup, type Group, type GroupMatch } from './group.ts';
import { type Standing, standings } from './standings.ts';
import type { StandingsRules, TieFacts } from './standings-rules.ts';
import { TournamentError } from './tournament-error.ts';

/** A match of a group that is still to come. */
export type GroupFixture = Pick<GroupMatch, 'home' | 'away'>;

export interface OutlookOptions {
  /** How many teams go through. */
  readonly places: number;
  /** Goals of one team in a match to come that are reckoned with, 1 to 99; default 5. */
  readonly goalsMax?: number;
  readonly facts?: TieFacts;
}

/** `clinched`: through whatever happens; `eliminated`: out whatever happens; `open`: neither. */
export type Chance = 'clinched' | 'open' | 'eliminated';

/** What a team can still reach. */
export interface Outlook {
  readonly team: string;
  /** Best rank that it can reach. */
  readonly best: number;
  /** Worst rank that it can end in; a shared rank counts as its last one. */
  readonly worst: number;
  readonly chance: Chance;
  /** The same after each outcome of the team's next match; absent when it has none. */
  readonly next?: { readonly win: Chance; readonly draw: Chance; readonly loss: Chance };
}

const TABLES_MAX = 250_000;

/**
 * Who is through, who is out, and what each team needs, by trying every scoreline of the matches to come. It is exact for
 * scorelines up to `goalsMax` goals; conduct points do not change, and lots or rankings decide when they are given.
 *
 * @param toCome the matches to come; each team's first one in the list is its next
 * @returns one outlook per team, in the order of the table so far
 * @throws TournamentError as {@link standings}; `INVALID_MATCH` when there are more than 250 000 tables to try, with the
 *   `goalsMax` that fits; `INVALID_RULES` for options out of range
 */
export function groupOutlook(
  group: Group,
  toCome: readonly GroupFixture[],
  rules: StandingsRules,
  options: OutlookOptions,
): Outlook[] {
  const { places, goalsMax = 5, facts = {} } = options;
  checkOptions(group, toCome, places, goalsMax);
  const now = standings(group, rules, facts);
  const spans = new Map(now.map(({ team }) => [team, { win: span(), draw: span(), loss: span() }]));
  const next = new Map(
    now.map(({ team }) => [team, toCome.findIndex((match) => match.home === team || match.away === team)]),
  );
  for (const results of scorelines(toCome, goalsMax)) {
    const table = standings({ teams: group.teams, matches: [...group.matches, ...results] }, rules, facts);
    for (const line of table) {
      const ofTeam = spans.get(line.team);
      if (ofTeam !== undefined) widen(ofTeam[outcomeFor(line.team, results[next.get(line.team) ?? -1])], line, table);
    }
  }
  return now.map(({ team }): Outlook => {
    const { win, draw, loss } = spans.get(team) ?? { win: span(), draw: span(), loss: span() };
    const all = { best: Math.min(win.best, draw.best, loss.best), worst: Math.max(win.worst, draw.worst, loss.worst) };
    const chance = (of: Span): Chance => (of.worst <= places ? 'clinched' : of.best > places ? 'eliminated' : 'open');
    const outlook = { team, ...all, chance: chance(all) };
    if (next.get(team) === -1) return outlook;
    return { ...outlook, next: { win: chance(win), draw: chance(draw), loss: chance(loss) } };
  });
}

interface Span {
  best: number;
  worst: number;
}

function span(): Span {
  return { best: Number.POSITIVE_INFINITY, worst: 0 };
}

function widen(of: Span, line: Standing, table: readonly Standing[]): void {
  of.best = Math.min(of.best, line.rank);
  of.worst = Math.max(of.worst, table.filter(({ rank }) => rank <= line.rank).length);
}

/** A team without a next match keeps all its tables under one outcome. */
function outcomeFor(team: string, match: GroupMatch | undefined): 'win' | 'draw' | 'loss' {
  if (match === undefined || match.scoreline[0] === match.scoreline[1]) return 'draw';
  return match.scoreline[0] > match.scoreline[1] === (match.home === team) ? 'win' : 'loss';
}

function* scorelines(toCome: readonly GroupFixture[], goalsMax: number): Generator<GroupMatch[]> {
  const [match, ...others] = toCome;
  if (match === undefined) {
    yield [];
    return;
  }
  for (const rest of scorelines(others, goalsMax))
    for (let home = 0; home <= goalsMax; home++)
      for (let away = 0; away <= goalsMax; away++)
        yield [{ home: match.home, away: match.away, scoreline: [home, away] }, ...rest];
}

function checkOptions(group: Group, toCome: readonly GroupFixture[], places: number, goalsMax: number): void {
  const refuse = (at: string, message: string, value: unknown): never => {
    throw new TournamentError('INVALID_RULES', message, at, value);
  };
  const goalless = toCome.map(({ home, away }): GroupMatch => ({ home, away, scoreline: [0, 0] }));
  checkGroup({ teams: group.teams, matches: goalless }, 'toCome');
  if (!Number.isInteger(places) || places < 1 || places > group.teams.length)
    refuse(
      'options.places',
      `Of ${group.teams.length} teams 1 to ${group.teams.length} go through, got ${places}`,
      places,
    );
  if (!Number.isInteger(goalsMax) || goalsMax < 1 || goalsMax > 99)
    refuse('options.goalsMax', `Goals reckoned with are 1 to 99, got ${goalsMax}`, goalsMax);
  if ((goalsMax + 1) ** (2 * toCome.length) <= TABLES_MAX) return;
  const fits = Math.floor(TABLES_MAX ** (1 / (2 * toCome.length))) - 1;
  const remedy = fits >= 1 ? `set goalsMax to ${fits} or less` : 'ask again after the next match';
  const message = `${toCome.length} matches to come with up to ${goalsMax} goals are more than ${TABLES_MAX} tables: ${remedy}`;
  throw new TournamentError('INVALID_MATCH', message, 'toCome', toCome.length);
}
