import { ContestError } from './contest-error.ts';
import { EntryErrors, type ParsedEntry } from './entry.ts';

/**
 * Reads a bracket's picks, a list of n − 1 team numbers for n teams: the winners of the first round, then of the second, to
 * the champion; as `picks` of {@link espnBracket}. Teams are 1 to n in the order of the draw, so 1 meets 2 and 3 meets 4;
 * the winner of a match is one of its two teams, as picked.
 *
 * @param teams how many teams the draw has: a power of two, 64 by default
 * @throws ContestError OUT_OF_RANGE for another number of teams
 */
export function parseBracketEntry(json: unknown, teams = 64): ParsedEntry<readonly number[]> {
  if (!Number.isInteger(Math.log2(teams)) || teams < 2) {
    throw new ContestError('OUT_OF_RANGE', `A bracket has 2, 4, 8, … teams, got ${teams}.`, teams);
  }
  const errors = new EntryErrors();
  const picks: (number | undefined)[] = [];
  let feeders: (number | undefined)[] = Array.from({ length: teams }, (_, i) => i + 1);
  let round: (number | undefined)[] = [];
  for (const [i, value] of (errors.listOf('picks', json, teams - 1, teams - 1) ?? []).entries()) {
    const pick = errors.whole(`picks[${i}]`, value, 1, teams);
    const [a, b] = [feeders[2 * round.length], feeders[2 * round.length + 1]];
    if (pick !== undefined && a !== undefined && b !== undefined && pick !== a && pick !== b) {
      errors.add(
        `picks[${i}]`,
        'INCONSISTENT',
        pick,
        `picks[${i}] must be one of the teams that meet there, ${a} or ${b}, got ${pick}.`,
      );
    }
    picks.push(pick);
    round.push(pick);
    if (2 * round.length === feeders.length) {
      feeders = round;
      round = [];
    }
  }
  return errors.result(() => picks.filter((pick) => pick !== undefined));
}
