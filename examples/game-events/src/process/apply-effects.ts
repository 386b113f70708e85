import type { Sql } from '@scorekeep/queue';
import { countEffects } from './count-effects.ts';
import type { Effect } from './effect.ts';
import { rankGames } from './rank-games.ts';

/**
 * Adds what events add: to the line of each, their players, boards, tournaments and days. All by sets, in the caller's
 * transaction; rows are taken in the order of their keys, so that two workers never wait for each other in a circle.
 *
 * @param attempt which attempt this is, from 1
 */
export async function applyEffects(tx: Sql, effects: readonly Effect[], attempt: number): Promise<void> {
  await countEffects(tx, JSON.stringify(effects), attempt);
  await rankGames(tx, effects);
}
