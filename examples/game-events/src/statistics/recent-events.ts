import type { Sql } from '@scorekeep/queue';

/** What {@link readRecent} shows. */
export interface RecentOptions {
  readonly limit: number;
  readonly type: string | undefined;
  readonly user: string | undefined;
}

/** What became of the latest events: those that failed first, so that they stay in sight, then the newest. No payload. */
export async function readRecent(sql: Sql, { limit, type, user }: RecentOptions): Promise<readonly unknown[]> {
  const { rows } = await sql.query(RECENT, [limit, type ?? null, user ?? null]);
  return rows;
}

const RECENT = `
  select id, event_type, user_id, received_at, processed_at, processing_attempts, processing_error from (
    (select * from events where ($2::text is null or event_type = $2) and ($3::text is null or user_id = $3)
     order by received_at desc limit $1)
    union
    (select * from events where processing_error is not null and ($2::text is null or event_type = $2)
       and ($3::text is null or user_id = $3) order by received_at desc limit $1)) found
  order by (processing_error is not null) desc, received_at desc, shard, position desc limit $1`;
