import type pg from 'pg';
import { shardOf } from '../../src/log/shard-of.ts';
import type { SentEvent } from './events.ts';

/** The tables of the reference: the columns and indexes of the log's own. */
export const REFERENCE_TABLES = `
  create table plain_event (like scorekeep.event including all);
  create table plain_seen (like scorekeep.seen including all);
  create sequence plain_position`;

/** What a host would write: one statement per event, which commits by itself and stores no event twice. */
export const INSERT_PER_EVENT = `with fresh as (
  insert into plain_seen (log, shard, key, digest) values (1, 0, $1::uuid, hashtextextended($2, 0)) on conflict do nothing returning key)
insert into plain_event (log, shard, position, key, type, schema_version, occurred_at, subject, body)
select 1, 0, nextval('plain_position'), key, 1, 1, $3::timestamptz, $4, $2::jsonb from fresh`;

/** One event by {@link INSERT_PER_EVENT}. */
export async function insertOne(pool: pg.Pool, { id, time, data }: SentEvent): Promise<void> {
  await pool.query({
    name: 'plain',
    text: INSERT_PER_EVENT,
    values: [id, JSON.stringify(data), time, data.user_id],
  });
}

/**
 * Ready-made rows into the own tables of a log, in shards and at positions that the caller gives: no receipts, no heads, no races.
 */
export const insertReadyMade = (log: string): string => `with input as materialized (
  select * from rows from (unnest($1::uuid[], $2::int2[], $3::float8[], $4::text[]), jsonb_array_elements($5::jsonb)) with ordinality x(key, shard, occurred, subject, body, n)),
fresh as (insert into scorekeep.seen_${log} (log, shard, key, digest) select $6, shard, key, jsonb_hash_extended(body, 0) from input)
insert into scorekeep.events_${log} (log, shard, position, key, type, schema_version, occurred_at, subject, body)
select $6, shard, $7 + n, key, 1, 1, to_timestamp(occurred / 1000), subject, body from input`;

/** The first shard of ready-made rows, those of the log being below. */
export const READY_MADE_SHARDS = 100;

/**
 * Joins events to the parameters of one {@link insertReadyMade}, made before the clock runs.
 *
 * @param shards how many the rows are spread over, by their subjects, as a log does; they lie one shard after the other
 * @param first of those shards
 */
export function readyMade(events: readonly SentEvent[], shards: number, first: number): readonly string[] {
  const rows = events
    .map((event) => ({ event, shard: first + shardOf(event.data.user_id, shards) }))
    .toSorted((a, b) => a.shard - b.shard);
  return [
    `{${rows.map(({ event }) => event.id).join(',')}}`,
    `{${rows.map(({ shard }) => shard).join(',')}}`,
    `{${rows.map(({ event }) => Date.parse(event.time)).join(',')}}`,
    `{${rows.map(({ event }) => event.data.user_id).join(',')}}`,
    `[${rows.map(({ event }) => JSON.stringify(event.data)).join(',')}]`,
  ];
}
