import { shown } from '../text/shown.ts';
import { ForecastError } from './forecast.ts';

/** Scores of each entrant, one per match, all in the same order of matches. */
export type ScoreTable = Readonly<Record<string, readonly number[]>>;

/**
 * Entrants by name and their scores.
 *
 * @throws ForecastError `INVALID_SCORES` unless there is an entrant, a match, and one finite score of each entrant per match
 */
export function readScores(scores: ScoreTable): {
  readonly entrants: readonly string[];
  readonly lists: readonly Float64Array[];
  readonly matches: number;
} {
  const entrants = Object.keys(scores).sort();
  const lists = entrants.map((entrant) => scores[entrant] ?? []);
  const refuse = (message: string, value: unknown): never => {
    throw new ForecastError('INVALID_SCORES', message, value);
  };
  const matches = lists[0]?.length ?? 0;
  if (matches === 0) refuse(`Scores need an entrant and a match, got ${entrants.length} and ${matches}`, matches);
  lists.forEach((list, i) => {
    if (list.length !== matches)
      refuse(
        `All entrants have a score per match: ${entrants[0]} has ${matches}, ${entrants[i]} ${list.length}`,
        list.length,
      );
    const odd = list.findIndex((score) => !Number.isFinite(score));
    if (odd >= 0)
      refuse(`Scores are finite numbers, got ${shown(list[odd])} for ${entrants[i]} in match ${odd}`, list[odd]);
  });
  return { entrants, lists: lists.map((list) => Float64Array.from(list)), matches };
}
