import type { Sql } from '@scorekeep/queue';

/** What became of a claim: `again` is the same prize once more, and nothing was paid. */
export type Claim =
  | { readonly state: 'claimed' | 'again'; readonly coins: number; readonly gems: number; readonly claimedAt: Date }
  | { readonly state: 'unknown' };

/** Pays a prize into its winner's wallet, once, however often and from wherever it is claimed. One statement. */
export async function claimPrize(sql: Sql, prize: string, user: string): Promise<Claim> {
  const { rows } = await sql.query(CLAIM, [prize, user]);
  if (rows[0] !== undefined) return claimOf('claimed', rows[0]);
  const before = await sql.query(
    'select coins, gems, claimed_at from prizes where prize_id = $1 and user_id = $2 and claimed_at is not null',
    [prize, user],
  );
  return before.rows[0] === undefined ? { state: 'unknown' } : claimOf('again', before.rows[0]);
}

const claimOf = (state: 'claimed' | 'again', row: Readonly<Record<string, unknown>>): Claim => ({
  state,
  coins: Number(row['coins']),
  gems: Number(row['gems']),
  claimedAt: row['claimed_at'] as Date,
});

const CLAIM = `
  with claimed as (
    update prizes set claimed_at = clock_timestamp() where prize_id = $1 and user_id = $2 and claimed_at is null
    returning user_id, coins, gems, claimed_at
  ), paid as (
    insert into wallet as w (user_id, coins, gems) select user_id, coins, gems from claimed
    on conflict (user_id) do update set coins = w.coins + excluded.coins, gems = w.gems + excluded.gems
  )
  select coins, gems, claimed_at from claimed`;
