import type { Keep, Sql } from '@scorekeep/queue';
import { game } from '../process/game-log.ts';
import type { RetryEvent } from '../process/retry-event.ts';
import type { Closing } from './close-tournaments.ts';
import { type Award, awards, PLACES } from './prize-table.ts';

/**
 * Closes a tournament and awards its prizes in one transaction, unless a game that came before it closed is still to be
 * processed: then it waits. Undefined when it was closed before.
 */
export async function closeTournament(
  keep: Keep,
  retried: RetryEvent,
  { id, closes }: { readonly id: string; readonly closes: number },
): Promise<Closing | undefined> {
  if (await hasBacklog(keep, retried, closes)) return { tournament: id, state: 'waits', prizes: 0 };
  return keep.transaction(async (tx) => {
    // Waits for transactions that count games of it, and makes later ones see that it is closed.
    const { rows } = await tx.query(
      `update tournaments set closed_at = clock_timestamp() where tournament_id = $1 and closed_at is null returning name`,
      [id],
    );
    if (rows[0] === undefined) return undefined;
    const awarded = awards(await winners(tx, id));
    await tx.query(AWARD, [id, String(rows[0].name), JSON.stringify(awarded.map(asRow))]);
    return { tournament: id, state: 'closed', prizes: awarded.length };
  });
}

const asRow = ({ subject, rank, coins, gems }: Award) => ({
  user: subject,
  rank,
  coins: String(coins),
  gems: String(gems),
});

/** Whether an event that was written before this moment is not processed, or failed and will be tried again. */
async function hasBacklog(keep: Keep, retried: RetryEvent, before: number): Promise<boolean> {
  const { rows } = await keep.transaction((tx) => tx.query(PROCESSED, [before]));
  if (rows.some((row) => row.failing === true) && (await isTriedAgain(keep, retried))) return true;
  for (const row of rows) {
    const range = { shard: Number(row.shard), after: Number(row.position), limit: 1 };
    const [next] = await keep.logs.read(game, range);
    if (next !== undefined && next.recordedAt < before) return true;
  }
  return false;
}

/** Of a job that died otherwise than of its event, as of a release that does not know it, the line still says less than three attempts. */
async function isTriedAgain(keep: Keep, retried: RetryEvent): Promise<boolean> {
  const { waiting, delayed, active } = await keep.jobStatus(retried);
  return waiting + delayed + active > 0;
}

const PROCESSED = `
  select s.shard, coalesce(p.position, 0) as position, exists (
    select from events where event_type = 'game_ended' and processed_at is null and processing_attempts < 3
      and received_at < to_timestamp($1::float8 / 1e3)) as failing
  from generate_series(0, 7) s(shard) left join processed p on p.shard = s.shard and p.consumer = 'urgent'`;

/** Equals share a rank, so there may be more than there are places. */
async function winners(tx: Sql, id: string): Promise<{ subject: string; rank: number }[]> {
  const { rows } = await tx.query(
    `select user_id, rank from (
       select user_id, best_score_at, rank() over (order by best_score desc) as rank from tournament_leaderboard
       where tournament_id = $1) ranked
     where rank <= $2 order by rank, best_score_at, user_id`,
    [id, PLACES],
  );
  return rows.map((row) => ({ subject: String(row['user_id']), rank: Number(row['rank']) }));
}

const AWARD = `
  insert into prizes (prize_id, user_id, tournament_id, tournament_name, rank, coins, gems)
  select 'prize_' || $1 || '_' || "user", "user", $1, $2, rank, coins, gems
  from json_to_recordset($3) as p("user" text, rank int, coins bigint, gems bigint)`;
