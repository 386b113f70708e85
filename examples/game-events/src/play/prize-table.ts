import { type PrizeTable, payPrizes, type Ranked } from '@scorekeep/core/boards';

/** What places get: the guide's game pays the first fifty. Equals share what their places have together. */
export const TIERS = [
  { from: 1, to: 1, coins: 5_000, gems: 250 },
  { from: 2, to: 2, coins: 3_000, gems: 150 },
  { from: 3, to: 3, coins: 2_000, gems: 100 },
  { from: 4, to: 10, coins: 1_000, gems: 50 },
  { from: 11, to: 50, coins: 500, gems: 25 },
] as const;

/** How many places are paid. */
export const PLACES = 50;

/** What one player wins. */
export interface Award extends Ranked {
  readonly coins: bigint;
  readonly gems: bigint;
}

/** The prizes of a ranking, best first; their sum is what the places that were taken are worth, whatever the ties. */
export function awards(ranking: readonly Ranked[]): Award[] {
  const won = new Map<string, { rank: number; coins: bigint; gems: bigint }>();
  for (const kind of ['coins', 'gems'] as const) {
    for (const { subject, rank, amount } of payPrizes(ranking, tableOf(kind)).prizes) {
      const line = won.get(subject) ?? { rank, coins: 0n, gems: 0n };
      won.set(subject, { ...line, [kind]: amount });
    }
  }
  return [...won].map(([subject, line]) => ({ subject, ...line }));
}

/** What a rank is worth that nobody shares; undefined when nothing. */
export const tierOf = (rank: number): (typeof TIERS)[number] | undefined =>
  TIERS.find(({ from, to }) => rank >= from && rank <= to);

function tableOf(kind: 'coins' | 'gems'): PrizeTable {
  const places = Array.from({ length: PLACES }, (_, i) => tierOf(i + 1)?.[kind] ?? 0);
  return { pool: BigInt(places.reduce<number>((a, b) => a + b, 0)), places, ties: 'split' };
}
