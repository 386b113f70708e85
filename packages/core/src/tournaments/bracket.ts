import { type KnockoutResult, type KnockoutWinner, knockoutWinner } from './knockout.ts';
import { parseSlot } from './slot.ts';
import type { Standing } from './standings.ts';
import { type PairingTable, thirdPlacePairings } from './third-place-pairings.ts';
import { TournamentError } from './tournament-error.ts';

/** A match of a bracket before its teams are known; for slots see {@link parseSlot}. */
export interface BracketMatch {
  /** Number of the match, unique in the bracket. */
  readonly number: number;
  readonly round: string;
  readonly home: string;
  readonly away: string;
}

/** A knockout stage as plain data: a match stands after the matches that its slots refer to. */
export interface Bracket {
  readonly id: string;
  readonly matches: readonly BracketMatch[];
  /** Who meets which third-placed team, when slots such as `3ABCDF` ask for it. */
  readonly thirds?: PairingTable;
}

/** What is known of a tournament so far; every part may be absent or incomplete. */
export interface BracketFacts {
  /** Final tables by the group's letter; a shared rank fills no slot. */
  readonly groups?: Readonly<Record<string, readonly Standing[]>>;
  /** Letters of the groups whose third-placed teams qualified, such as `BDEFIJKL`, in any order. */
  readonly thirds?: string;
  /** Entrants by seed, the first one seed 1. */
  readonly seeds?: readonly string[];
  /** Results by match number. */
  readonly results?: Readonly<Record<number, KnockoutResult>>;
}

/** A match of a bracket with what is known of it. */
export interface FilledMatch extends Omit<BracketMatch, 'home' | 'away'> {
  /** Teams; undefined until they are known. */
  readonly home: string | undefined;
  readonly away: string | undefined;
  readonly winner: string | undefined;
  readonly loser: string | undefined;
  readonly decidedIn: KnockoutWinner['decidedIn'] | undefined;
}

/**
 * Fills a bracket with the teams that the facts give, from the first round to the final.
 *
 * @throws TournamentError `INVALID_BRACKET` for an unreadable slot, a repeated number, a slot that refers to a later match or
 *   none, or a result of a match that the bracket or its teams do not have; `INVALID_PAIRING` for thirds that the table does
 *   not list; `INVALID_SCORELINE` for an impossible result
 */
export function fillBracket(bracket: Bracket, facts: BracketFacts): FilledMatch[] {
  const filled = new Map<number, FilledMatch>();
  const pairings = pairingsOf(bracket, facts);
  bracket.matches.forEach((match, i) => {
    const at = `matches[${i}]`;
    if (filled.has(match.number)) refuse(`Match ${match.number} stands twice in "${bracket.id}"`, at, match.number);
    const home = teamOf(match.home, pairings[match.away], `${at}.home`, facts, filled);
    const away = teamOf(match.away, pairings[match.home], `${at}.away`, facts, filled);
    filled.set(match.number, { ...match, home, away, ...played(match.number, home, away, facts) });
  });
  for (const number of Object.keys(facts.results ?? {})) {
    if (!filled.has(Number(number))) refuse(`"${bracket.id}" has no match ${number}`, `results[${number}]`, number);
  }
  return [...filled.values()];
}

function pairingsOf(bracket: Bracket, { thirds }: BracketFacts): Readonly<Record<string, string>> {
  if (thirds === undefined) return {};
  if (bracket.thirds !== undefined) return thirdPlacePairings(thirds, bracket.thirds);
  return refuse(
    `"${bracket.id}" has no table of pairings for third-placed teams, got ${thirds}`,
    'facts.thirds',
    thirds,
  );
}

function teamOf(
  slot: string,
  third: string | undefined,
  at: string,
  facts: BracketFacts,
  filled: ReadonlyMap<number, FilledMatch>,
): string | undefined {
  const source = parseSlot(slot, at);
  if (source.kind === 'seed') return facts.seeds?.[source.seed - 1];
  if (source.kind === 'place') return placed(source.place, source.group, facts);
  if (source.kind === 'third') {
    if (third !== undefined && !source.groups.includes(third))
      refuse(`The third-placed team of group ${third} cannot be in slot ${slot} at ${at}`, at, slot);
    return third === undefined ? undefined : placed(3, third, facts);
  }
  const before = filled.get(source.match);
  if (before === undefined) return refuse(`Slot ${slot} refers to no earlier match at ${at}`, at, slot);
  return before[source.kind];
}

function placed(place: number, group: string, { groups = {} }: BracketFacts): string | undefined {
  const at = (groups[group] ?? []).filter(({ rank }) => rank === place);
  return at.length === 1 ? at[0]?.team : undefined;
}

function played(number: number, home: string | undefined, away: string | undefined, { results = {} }: BracketFacts) {
  const at = `results[${number}]`;
  const result = results[number];
  if (result !== undefined && (home === undefined || away === undefined))
    return refuse(`Match ${number} has a result before its teams are known`, at, result);
  const decision = result && knockoutWinner(result, at);
  const [winner, loser] = decision?.winner === 'away' ? [away, home] : [home, away];
  return decision
    ? { winner, loser, decidedIn: decision.decidedIn }
    : { winner: undefined, loser: undefined, decidedIn: undefined };
}

function refuse(message: string, at: string, value: unknown): never {
  throw new TournamentError('INVALID_BRACKET', message, at, value);
}
