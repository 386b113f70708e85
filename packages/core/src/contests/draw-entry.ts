import { shown } from '../text/shown.ts';
import { ContestError } from './contest-error.ts';
import { EntryErrors, type ParsedEntry } from './entry.ts';

/**
 * Reads the groups of a predicted draw, `{ A: [team, …], B: […], … }`: every group full, every team once. Team numbers
 * count from 1 in the order of `teams`; the result is the `teams` of the draw contest, group by group.
 *
 * @param groups the names of the groups, in order
 * @param teams the ids of all teams, as many as the groups hold together
 * @throws ContestError OUT_OF_RANGE when the teams do not fill the groups evenly
 */
export function parseDrawEntry(
  json: unknown,
  groups: readonly string[],
  teams: readonly string[],
): ParsedEntry<readonly number[]> {
  const errors = new EntryErrors();
  const size = teams.length / groups.length;
  if (!Number.isInteger(size)) {
    throw new ContestError(
      'OUT_OF_RANGE',
      `${teams.length} teams do not fill ${groups.length} groups evenly.`,
      teams.length,
    );
  }
  const numbers = new Map(teams.map((team, i) => [team, i + 1]));
  const placed = new Map<string, string>();
  const entry: number[] = [];
  const given =
    typeof json === 'object' && json !== null && !Array.isArray(json) ? new Map(Object.entries(json)) : new Map();
  for (const name of given.keys()) {
    if (!groups.includes(name))
      errors.add(
        shown(name),
        'NOT_ALLOWED',
        name,
        `There is no group ${shown(name)}; groups are ${groups.join(', ')}.`,
      );
  }
  for (const group of groups) {
    for (const [i, team] of (errors.listOf(group, given.get(group), size, size) ?? []).entries()) {
      const at = `${group}[${i}]`;
      const number = typeof team === 'string' ? numbers.get(team) : undefined;
      const before = typeof team === 'string' ? placed.get(team) : undefined;
      if (typeof team !== 'string' || number === undefined) {
        errors.add(at, 'NOT_ALLOWED', team, `${at} must be a team of the draw, got ${shown(team)}.`);
      } else if (before !== undefined) {
        errors.add(at, 'DUPLICATE', team, `${at}: team ${shown(team)} is in ${before} already.`);
      } else {
        placed.set(team, at);
        entry.push(number);
      }
    }
  }
  return errors.result(() => entry);
}
