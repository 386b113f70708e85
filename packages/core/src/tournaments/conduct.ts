import { TournamentError } from './tournament-error.ts';

/** How many players and officials of one team were cautioned or sent off in one match; each person counts under one heading. */
export interface Cards {
  /** One yellow card and no red one. */
  readonly yellow?: number;
  /** Sent off by a second yellow card. */
  readonly secondYellow?: number;
  /** Sent off directly, without a yellow card before. */
  readonly directRed?: number;
  /** A yellow card, then sent off directly. */
  readonly yellowAndDirectRed?: number;
}

/** Conduct points of each heading of {@link Cards}; zero or negative, so that more is better. */
export type ConductScale = Readonly<Record<keyof Cards, number>>;

const CARDS_MAX = 99;

/**
 * A team's conduct points (fair-play points, disciplinary points) in one match.
 *
 * @param at where the cards stand in the caller's input, for the error
 * @throws TournamentError `INVALID_CARDS`
 */
export function conductPoints(cards: Cards, scale: ConductScale, at = 'cards'): number {
  let points = 0;
  for (const [heading, count] of Object.entries(cards)) {
    if (!Object.hasOwn(scale, heading) || !Number.isInteger(count) || count < 0 || count > CARDS_MAX) {
      const message = `Cards are counts from 0 to ${CARDS_MAX} of ${Object.keys(scale).join(', ')}, got ${heading} ${count} at ${at}`;
      throw new TournamentError('INVALID_CARDS', message, `${at}.${heading}`, count);
    }
    points += count * scale[heading as keyof Cards];
  }
  return points;
}
