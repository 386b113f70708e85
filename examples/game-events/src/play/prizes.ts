import type { Sql } from '@scorekeep/queue';

/** A player's prizes, latest first; only those that wait for being claimed, or all. */
export async function readPrizes(
  sql: Sql,
  user: string,
  { pending, limit }: { readonly pending: boolean; readonly limit: number },
): Promise<readonly unknown[]> {
  const { rows } = await sql.query(
    `select prize_id, tournament_id, tournament_name, rank, coins::float8, gems::float8, awarded_at, claimed_at,
       claimed_at is not null as claimed
     from prizes where user_id = $1 and ${pending ? 'claimed_at is null' : 'true'}
     order by awarded_at desc, prize_id limit $2`,
    [user, limit],
  );
  return rows;
}

/** What a player won, what of it was claimed, and what the wallet holds. */
export async function readWallet(sql: Sql, user: string): Promise<unknown> {
  const { rows } = await sql.query(
    `select count(*)::int as total_prizes, count(claimed_at)::int as claimed_prizes,
       (count(*) - count(claimed_at))::int as pending_prizes,
       coalesce(sum(coins), 0)::float8 as total_coins_won, coalesce(sum(gems), 0)::float8 as total_gems_won,
       coalesce(sum(coins) filter (where claimed_at is not null), 0)::float8 as claimed_coins,
       coalesce(sum(gems) filter (where claimed_at is not null), 0)::float8 as claimed_gems,
       min(rank) as best_rank, count(distinct tournament_id)::int as tournaments_won,
       coalesce((select coins from wallet where user_id = $1), 0)::float8 as wallet_coins,
       coalesce((select gems from wallet where user_id = $1), 0)::float8 as wallet_gems
     from prizes where user_id = $1`,
    [user],
  );
  return rows[0];
}
