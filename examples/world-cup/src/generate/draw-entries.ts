import type { Team } from '../host/tournament.ts';
import { entrantId } from './entrants.ts';
import { type Random, randomOf } from './random.ts';

/** A row of the host's table `draw_entry`. */
export interface DrawEntry {
  /** Number of the entrant, from 0. */
  readonly entrant: number;
  readonly entrantId: string;
  /** Team numbers, four for group A, then four for B, to L. */
  readonly picks: readonly number[] | null;
  readonly lockedAt: Date;
}

/**
 * Invents `count` entries, one for each entrant. Everybody knows the hosts' groups and that each group has one seed; the
 * rest is guesswork. A few enter while the draw is on television and know how it began. Some send what no form should
 * have let through. The same seed makes the same rows, and fewer rows are the first of them.
 */
export function* drawEntries(teams: readonly Team[], seed: number, count: number): Generator<DrawEntry> {
  const truth = teams.toSorted((a, b) => a.group - b.group || Number(b.seeded) - Number(a.seeded));
  for (let entrant = 0; entrant < count; entrant++) {
    const random = randomOf(seed, `draw ${entrant}`);
    const watching = random.chance(SHARE.watching);
    const seen = watching ? Math.floor(truth.length * random.fraction() ** 3) : 0;
    const picks = guess(random, truth, seen);
    yield {
      entrant,
      entrantId: entrantId(entrant),
      picks: random.chance(SHARE.malformed) ? malformed(random, picks) : picks,
      lockedAt: new Date(DRAW_AT - (watching ? 0 : random.integer(1, 10 * 24 * 60)) * 60_000),
    };
  }
}

/** Shares of all entries. */
const SHARE = { watching: 0.008, malformed: 0.003 } as const;

/** The draw in Washington, 5 December 2025, noon local time. */
const DRAW_AT = Date.parse('2025-12-05T17:00:00Z');

/**
 * Fills the 48 places: the hosts in the groups that were given to them, then the first `seen` teams that were drawn, then
 * the other seeds one to each group that lacks one, then everybody else anywhere.
 *
 * @param truth the real draw, group by group, each with its seed first
 */
function guess(random: Random, truth: readonly Team[], seen: number): number[] {
  const places: (number | undefined)[] = truth.map((team, place) =>
    drawnAt(place) < seen || HOSTS.has(team.name) ? team.number : undefined,
  );
  const open = truth.filter((_, place) => places[place] === undefined);
  const seeds = random.shuffle(open.filter((team) => team.seeded).map((team) => team.number));
  const others = random.shuffle(open.filter((team) => !team.seeded).map((team) => team.number));
  return places.map((number, place) => number ?? (place % 4 === 0 ? seeds : others).pop() ?? 0);
}

/** Teams are drawn pot by pot, one for each group: when the team in this place is drawn, from 0. */
const drawnAt = (place: number): number => (place % 4) * 12 + Math.floor(place / 4);

const HOSTS: ReadonlySet<string> = new Set(['Canada', 'Mexico', 'USA']);

function malformed(random: Random, picks: readonly number[]): readonly number[] | null {
  const place = random.integer(1, picks.length - 1);
  return random.pick([
    null,
    picks.slice(0, -1),
    [...picks, picks[place] ?? 0],
    picks.with(place, picks[0] ?? 0),
    picks.with(place, 49),
    picks.with(place, 0),
  ]);
}
