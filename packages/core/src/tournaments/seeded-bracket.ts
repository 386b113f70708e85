import type { Bracket, BracketMatch } from './bracket.ts';
import { TournamentError } from './tournament-error.ts';

const ENTRANTS_MAX = 1024;

/**
 * A single-elimination bracket by seeds: the best two can meet only in the final, the best four only from the semi-finals
 * on, and so on. When the number is no power of two the best seeds have a bye and enter in the second round.
 *
 * @param entrants how many, from 2 to 1024
 * @returns slots `#1` … `#n` and winners of earlier matches, numbered from 1 round by round; the final comes last
 * @throws TournamentError `INVALID_BRACKET`
 */
export function seededBracket(entrants: number): Bracket {
  if (!Number.isInteger(entrants) || entrants < 2 || entrants > ENTRANTS_MAX) {
    const message = `A bracket has 2 to ${ENTRANTS_MAX} entrants, got ${entrants}`;
    throw new TournamentError('INVALID_BRACKET', message, 'entrants', entrants);
  }
  const matches: BracketMatch[] = [];
  let slots = seedOrder(entrants).map((seed) => (seed <= entrants ? `#${seed}` : undefined));
  while (slots.length > 1) {
    const round = roundName(slots.length);
    const winners: (string | undefined)[] = [];
    for (let i = 0; i < slots.length; i += 2) {
      const [home, away] = [slots[i], slots[i + 1]];
      if (home === undefined || away === undefined) winners.push(home ?? away);
      else {
        const number = matches.length + 1;
        matches.push({ number, round, home, away });
        winners.push(`W${number}`);
      }
    }
    slots = winners;
  }
  return { id: `seeded-${entrants}`, matches };
}

/** Seeds from top to bottom of the smallest full bracket: 1 2, then 1 4 2 3, then 1 8 4 5 2 7 3 6: each meets its complement. */
function seedOrder(entrants: number): number[] {
  let order = [1];
  while (order.length < entrants) {
    const sum = 2 * order.length + 1;
    order = order.flatMap((seed) => [seed, sum - seed]);
  }
  return order;
}

function roundName(teams: number): string {
  return { 2: 'Final', 4: 'Semi-final', 8: 'Quarter-final' }[teams] ?? `Round of ${teams}`;
}
