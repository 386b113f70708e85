import { ContestError } from './contest-error.ts';
import type { OpenMatch } from './open-match.ts';
import { boundsOf, noBetter, openRivals, type Rivals, reach } from './reach.ts';

/** Where a contest stands, and whom the question is about. */
export interface WhatIfQuestion {
  /** Milli-points of each entrant so far. */
  readonly totals: readonly number[];
  /** The matches that are still to be scored, as {@link openMatch} makes them. */
  readonly matches: readonly OpenMatch[];
  /** The entrant's index in `totals`. */
  readonly entrant: number;
  /** The question is about finishing in the first so many places. Default 1. */
  readonly places?: number;
  /**
   * Whether entrants who end level share a place, as in standard competition ranking, or a level rival is `ahead`, which is
   * safe when a tie-break is still open. Default `share`.
   */
  readonly ties?: 'share' | 'ahead';
  /** How many leads of rivals each search may look at before it gives up as undecided. Default 20 million, about a second. */
  readonly maxSteps?: number;
}

/** What can still happen to an entrant. */
export interface WhatIf {
  /** The highest and the lowest total that the entrant can reach, in milli-points. */
  readonly highest: number;
  readonly lowest: number;
  /**
   * `clinched`: in the places whatever happens. `eliminated`: out of them whatever happens. `open`: neither. `undecided`: the
   * search gave up.
   */
  readonly status: 'clinched' | 'open' | 'eliminated' | 'undecided';
  /** The matches that must not end just anyhow, with the outcomes that still let the entrant finish in the places. */
  readonly needed: readonly NeededResult[];
  /** One way to finish in the places: an outcome for each match, in their order. Empty when there is none. */
  readonly way: readonly string[];
  /** False when a search gave up: outcomes that were not decided are listed as possible. */
  readonly complete: boolean;
}

export interface NeededResult {
  readonly match: string;
  readonly outcomes: readonly string[];
}

/**
 * Answers what is still possible for an entrant: exactly, over all combinations of the outcomes of the open matches,
 * without trying them all. Each match is one dimension: a branch is cut where bounds on every rival, or on a weighted sum
 * of rivals, show that the places are out of reach.
 *
 * @throws ContestError OUT_OF_RANGE for an entrant, number of places or list of points that does not fit
 */
export function whatIf(question: WhatIfQuestion): WhatIf {
  const { totals, matches, entrant, places = 1, ties = 'share', maxSteps = 20_000_000 } = question;
  const own = assertQuestion(question);
  const gains = matches.map(({ outcomes }) =>
    outcomes.map(({ milli }) => rivalsOf(milli, entrant, milli[entrant] ?? 0)),
  );
  const leads = rivalsOf(totals, entrant, ties === 'ahead' ? own - 1 : own);
  const range = (pick: (a: number, b: number) => number): number =>
    own + matches.reduce((sum, { outcomes }) => sum + outcomes.map(({ milli }) => milli[entrant] ?? 0).reduce(pick), 0);
  const [highest, lowest] = [range((a, b) => Math.max(a, b)), range((a, b) => Math.min(a, b))];

  const rivals = openRivals({ leads, gains, bounds: gains.map(boundsOf), allowed: places - 1 });
  const inside = rivals === undefined ? { type: 'impossible' as const } : reach(rivals, maxSteps);
  if (rivals === undefined || inside.type === 'impossible') {
    return { highest, lowest, status: 'eliminated', needed: [], way: [], complete: true };
  }
  if (inside.type === 'undecided') {
    return { highest, lowest, status: 'undecided', needed: [], way: [], complete: false };
  }
  const way = inside.choice.map((choice, m) => matches[m]?.outcomes[choice]?.outcomes[0] ?? '');
  const outside = reach(opposite(leads, gains, places), maxSteps);
  if (outside.type === 'impossible') return { highest, lowest, status: 'clinched', needed: [], way, complete: true };

  const { needed, complete } = neededResults(matches, inside.choice, rivals, maxSteps);
  const decided = outside.type === 'possible';
  return { highest, lowest, status: decided ? 'open' : 'undecided', needed, way, complete: complete && decided };
}

/** The question whether the entrant can end out of the places: `places` rivals or more ahead, so at most the others are not. */
function opposite(leads: Rivals['leads'], gains: Rivals['gains'], places: number): Rivals {
  const negated = gains.map((outcomes) => outcomes.map((outcome) => outcome.map((gain) => 0 - gain)));
  return {
    leads: leads.map((lead) => 1 - lead),
    gains: negated,
    bounds: negated.map(boundsOf),
    allowed: leads.length - places,
  };
}

/**
 * Which outcomes of which match are compatible with finishing in the places. Every way that is found also shows the
 * outcomes that it survives when one match ends otherwise, so that few need a search of their own.
 */
function neededResults(
  matches: readonly OpenMatch[],
  way: readonly number[],
  rivals: Rivals,
  maxSteps: number,
): { needed: readonly NeededResult[]; complete: boolean } {
  const possible = matches.map(({ outcomes }) => outcomes.map(() => false));
  const learn = (choice: readonly number[]): void => {
    for (const [m, outcomes] of possible.entries()) {
      for (const o of outcomes.keys()) outcomes[o] ||= o === choice[m] || finishes(rivals, choice.with(m, o));
    }
  };
  learn(way);
  let complete = true;
  for (const [m, outcomes] of possible.entries()) {
    const own = rivals.gains[m] ?? [];
    const impossible: Float64Array[] = [];
    for (const o of outcomes.keys()) {
      const outcome = own[o];
      if (outcomes[o] || outcome === undefined) continue;
      if (impossible.some((other) => noBetter(outcome, other))) continue;
      const found = reach(ending(rivals, m, outcome), maxSteps);
      if (found.type === 'possible') learn(found.choice.with(m, o));
      if (found.type === 'impossible') impossible.push(outcome);
      if (found.type === 'undecided') {
        outcomes[o] = true;
        complete = false;
      }
    }
  }
  const needed = matches.flatMap(({ match, outcomes }, m) => {
    const left = outcomes.filter((_, o) => possible[m]?.[o]);
    return left.length === outcomes.length ? [] : [{ match, outcomes: left.flatMap(({ outcomes: names }) => names) }];
  });
  return { needed, complete };
}

/** The rest of the contest once one match has ended. */
const ending = (rivals: Rivals, match: number, outcome: Float64Array): Rivals => ({
  ...rivals,
  gains: rivals.gains.with(match, [outcome]),
  bounds: rivals.bounds.with(match, { low: outcome, high: outcome }),
});

const NONE = new Float64Array(0);

function finishes({ leads, gains, allowed }: Rivals, choice: readonly number[]): boolean {
  const chosen = choice.map((o, m) => gains[m]?.[o] ?? NONE);
  let ahead = 0;
  for (const [r, lead] of leads.entries()) {
    let final = lead;
    for (const rivals of chosen) final += rivals[r] ?? 0;
    if (final >= 1 && ++ahead > allowed) return false;
  }
  return true;
}

function rivalsOf(values: ArrayLike<number>, entrant: number, minus: number): Float64Array {
  const rivals = new Float64Array(values.length - 1);
  for (let r = 0; r < rivals.length; r++) rivals[r] = (values[r < entrant ? r : r + 1] as number) - minus;
  return rivals;
}

function assertQuestion({ totals, matches, entrant, places = 1 }: WhatIfQuestion): number {
  const own = totals[entrant];
  if (own === undefined) {
    throw new ContestError(
      'OUT_OF_RANGE',
      `entrant must be an index of totals, 0 to ${totals.length - 1}, got ${entrant}.`,
      entrant,
    );
  }
  if (!Number.isInteger(places) || places < 1 || places > totals.length) {
    throw new ContestError(
      'OUT_OF_RANGE',
      `places must be from 1 to the number of entrants, ${totals.length}, got ${places}.`,
      places,
    );
  }
  const broken = totals.findIndex((total) => !Number.isSafeInteger(total));
  if (broken >= 0) {
    throw new ContestError(
      'OUT_OF_RANGE',
      `totals[${broken}] must be whole milli-points, got ${totals[broken]}.`,
      totals[broken],
    );
  }
  for (const { match, outcomes } of matches) {
    const wrong = outcomes.find(({ milli }) => milli.length !== totals.length);
    if (outcomes.length === 0 || wrong !== undefined) {
      const got = wrong === undefined ? 'no outcome' : `points for ${wrong.milli.length}`;
      throw new ContestError(
        'OUT_OF_RANGE',
        `Match "${match}" needs outcomes with points for ${totals.length} entrants, got ${got}.`,
        match,
      );
    }
  }
  return own;
}
