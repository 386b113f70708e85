import { weekOf } from '../process/effect.ts';

/** A tournament: a week of endless games. Moments in Unix milliseconds. */
export interface Week {
  readonly id: string;
  readonly name: string;
  readonly starts: number;
  readonly ends: number;
  /** Until then a game that was played in time and came late counts. */
  readonly closes: number;
}

/** The tournament of the week that begins at this moment: `weekly_2026-11-23`. */
export function nameOfWeek(start: number): Week {
  const monday = new Date(start).toISOString().slice(0, 10);
  const { end } = weekOf(start);
  return {
    id: `weekly_${monday}`,
    name: `Weekly Championship ${monday}`,
    starts: start,
    ends: end,
    closes: end + LATENESS,
  };
}

/** Phones that were offline: how long after the end of a week its games are waited for, in milliseconds. */
const LATENESS = 5 * 60_000;
