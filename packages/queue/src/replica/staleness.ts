import type pg from 'pg';
import { integer, type Sql, text } from '../postgres/sql.ts';

/** How old the answer of a read can be at most, as it was just before the read. */
export interface Staleness {
  /**
   * Whatever was committed so many seconds ago is in the answer; 0 on the primary. Without word from the primary it is the age of
   * the last transaction that the standby has replayed, which grows while nobody writes.
   */
  readonly seconds: number;
  /** How much of the write-ahead log the standby has still to replay; null without word from the primary. */
  readonly bytes: number | null;
}

/** Reads how far a standby is behind its primary, by the positions of both in the write-ahead log; 0 for a server that is no standby. */
export async function readStaleness(replica: Sql, primary: pg.Pool): Promise<Staleness> {
  const asked = performance.now();
  // The primary first: what it has written by then is what the standby is held against. To the end of its log, not of what has left its
  // memory: steps of slices are seen before they do.
  const at = await primary
    .query(
      `select pg_is_in_recovery() as standby, case when not pg_is_in_recovery() then pg_current_wal_insert_lsn()::text end as lsn`,
    )
    .then(({ rows }) => (rows[0]?.standby === false ? text(rows[0], 'lsn') : null))
    .catch(() => null);
  const { rows } = await replica.query(
    `select pg_is_in_recovery() as standby, case when behind > ${PAGE_HEADER} then behind when behind is not null then 0 end::int8 as bytes,
       coalesce(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()), 'infinity')::float8 as seconds
     from (select pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()) as behind) log`,
    [at],
  );
  const [row] = rows;
  if (row?.['standby'] === false) return { seconds: 0, bytes: 0 };
  const bytes = row?.['bytes'] == null ? null : integer(row, 'bytes');
  const sinceAsked = (performance.now() - asked) / 1000;
  return { seconds: bytes === 0 ? sinceAsked : Math.max(Number(row?.['seconds']), sinceAsked), bytes };
}

/** Where the next record will begin is past the header of a page, which the one before it may have ended at; in bytes, the longest. */
const PAGE_HEADER = 40;
