import { type ChainHead, chainStart } from '@scorekeep/core/events';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { arrayLiteral } from '../tables/array-literal.ts';
import type { Appended } from './append.ts';
import type { NewEvent } from './check-append.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';

/** What is to be appended to, and on which condition. */
export interface Place {
  readonly shard: number;
  readonly stream: string;
  readonly expected: number | 'none' | 'exists' | 'any';
  readonly command: { readonly id: string | null; readonly digest: string };
}

/**
 * Appends in one statement: the stream's version, the shard's head, the events and the command are written together, or
 * nothing is. Undefined: the stream is not as expected, or the command is known, or the log is read-only.
 *
 * @param hashes of the chain, one for each event, or none
 */
export async function appendOnce(
  sql: Sql,
  log: RegisteredLog,
  place: Place,
  events: readonly NewEvent[],
  hashes: readonly string[],
): Promise<Appended | 'readonly' | undefined> {
  const { shard, stream, expected, command } = place;
  const { rows } = await sql.query(statement(log, typeof expected === 'number' ? 'version' : expected), [
    shard,
    stream,
    typeof expected === 'number' ? expected : null,
    textArray(events.map((event) => event.key)),
    arrayLiteral(events.map((event) => event.type)),
    arrayLiteral(events.map((event) => event.typeVersion)),
    arrayLiteral(events.map((event) => event.time)),
    `[${events.map((event) => event.body).join(',')}]`,
    command.id,
    command.digest,
    events.length,
    textArray(hashes),
    textArray(events.flatMap((event) => event.digest ?? [])),
    hashes.at(-1) ?? null,
  ]);
  const row = rows[0];
  if (row?.['version'] == null) return row?.['readonly'] === true ? 'readonly' : undefined;
  return appended(place, integer(row, 'version'), events.length, integer(row, 'last'), false);
}

function appended({ shard }: Place, version: number, events: number, position: number, repeated: boolean): Appended {
  return { status: 'appended', version, events, shard, position, repeated };
}

/**
 * `guard` moves the stream's version if it is as expected, and holds its row until the end; only then is the shard's head
 * moved. Everything else depends on it.
 */
function statement(log: RegisteredLog, guard: 'version' | 'none' | 'exists' | 'any'): string {
  const { id } = log;
  const table = (name: string): string => `${quote(log.schema)}.${name}`;
  const insert = `insert into ${table('stream')} as s (log, shard, id, version, hash) select ${id}, shard, stream, n, hash from command`;
  const update = `update ${table('stream')} s set version = s.version + c.n, hash = c.hash from command c
  where s.log = ${id} and s.shard = c.shard and s.id = c.stream`;
  const guards = {
    none: `${insert} on conflict do nothing returning s.version`,
    any: `${insert} on conflict (log, shard, id) do update set version = s.version + excluded.version, hash = excluded.hash returning s.version`,
    exists: `${update} returning s.version`,
    version: `${update} and s.version = c.expected returning s.version`,
  };
  return `with command as (
  select * from (select $1::int2 as shard, $2::text as stream, $3::int as expected, $9::text as id, $10::text as digest, $11::int as n, $14::text as hash) x
  where (select not readonly from ${table('log_head')} h where h.log = ${id} and h.shard = x.shard) and not exists (select from ${table('stream_command')} c
    where c.log = ${id} and c.shard = x.shard and c.stream = x.stream and c.id = x.id)),
guard as (${guards[guard]}),
head as (update ${table('log_head')} h set last = h.last + c.n from command c, guard where h.log = ${id} and h.shard = c.shard
  returning h.last),
written as (insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, version, body, hash, digest)
  select ${id}, c.shard, head.last - c.n + x.n, key, type, type_version, to_timestamp(time / 1000), c.stream,
    guard.version - c.n + x.n, body, x.hash, x.digest
  from command c, head, guard, rows from
    (unnest($4::uuid[], $5::int2[], $6::int2[], $7::float8[], $12::text[], $13::text[]), jsonb_array_elements($8::jsonb))
    with ordinality x(key, type, type_version, time, hash, digest, body, n)),
noted as (insert into ${table('stream_command')} (log, shard, stream, id, digest, version, events, position)
  select ${id}, shard, stream, id, digest, guard.version, n, head.last from command, guard, head where id is not null)
select (select version from guard), (select last from head), readonly from ${table('log_head')} where log = ${id} and shard = $1`;
}

/**
 * Why nothing was appended, as a new statement sees it: what the first one waited for has
 * committed by now. Undefined: nothing stands against it any more.
 */
export async function verdictOf(sql: Sql, { schema, id }: RegisteredLog, place: Place): Promise<Appended | undefined> {
  const { rows } = await sql.query(
    `select (select version from ${quote(schema)}.stream where log = $1 and shard = $2 and id = $3) as now, c.*
     from (select 1) one left join ${quote(schema)}.stream_command c on c.log = $1 and c.shard = $2 and c.stream = $3 and c.id = $4`,
    [id, place.shard, place.stream, place.command.id],
  );
  const row = rows[0] as Row;
  const version = row['now'] === null ? 0 : integer(row, 'now');
  if (row['digest'] != null) {
    if (text(row, 'digest') !== place.command.digest) return { status: 'command-conflict', version };
    return appended(place, integer(row, 'version'), integer(row, 'events'), integer(row, 'position'), true);
  }
  return fits(place.expected, version) ? undefined : { status: 'conflict', version };
}

/** Whether a stream at a version is as expected. */
export function fits(expected: Place['expected'], version: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'none') return version === 0;
  return expected === 'exists' ? version > 0 : version === expected;
}

/** Where a stream's chain stands. */
export async function readStreamHead(
  sql: Sql,
  { schema, id }: RegisteredLog,
  { shard, stream }: Place,
): Promise<ChainHead> {
  const { rows } = await sql.query(
    `select version, hash from ${quote(schema)}.stream where log = $1 and shard = $2 and id = $3`,
    [id, shard, stream],
  );
  const start = chainStart(stream);
  return rows[0] === undefined
    ? start
    : { version: integer(rows[0], 'version'), hash: textOrNull(rows[0], 'hash') ?? start.hash };
}
