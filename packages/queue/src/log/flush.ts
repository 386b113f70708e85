import { quote } from '../postgres/identifiers.ts';
import { integer, type Row } from '../postgres/sql.ts';
import { eventTable, type RegisteredLog, seenTable } from './register-log.ts';
import { textArray } from './text-array.ts';

/** An event that has passed every check and waits to be written. */
export interface CheckedEvent {
  readonly key: string;
  readonly shard: number;
  readonly type: number;
  readonly schemaVersion: number;
  readonly subject: string;
  /** Unix milliseconds. */
  readonly occurredAt: number;
  /** Null where the key is the id. */
  readonly id: string | null;
  /** Null for the log's own. */
  readonly source: string | null;
  /** JSON text, or null. */
  readonly extensions: string | null;
  /** JSON text. */
  readonly body: string;
}

/** What became of one event of a flush; `again` when another writer of the same key had not committed yet. */
export type Outcome = { readonly accepted: number } | 'duplicate' | 'conflict' | 'again';

export interface Flushed {
  /** One per event, in order; undefined when the log is read-only and nothing was written. */
  readonly outcomes: readonly Outcome[] | undefined;
  /** The database's clock, in Unix milliseconds. */
  readonly clock: number;
}

/**
 * Writes events in one statement that commits by itself: what is new gets the next positions of its shard, in the order
 * given; what was seen before is told apart by its digest. Safe to repeat when its outcome is unknown.
 *
 * @param events no key twice within a shard
 */
export async function flush(sql: NamedSql, log: RegisteredLog, events: readonly CheckedEvent[]): Promise<Flushed> {
  const [only, ...others] = events;
  if (only !== undefined && others.length === 0) {
    const flushed = await flushOne(sql, log, only);
    if (flushed !== undefined) return flushed;
  }
  const { rows } = await sql.query({
    name: `scorekeep_ingest_${log.schema}_${log.id}`,
    text: statementsOf(log).many,
    values: parameters(events),
  });
  return read(log, events, rows);
}

/** A named statement is parsed and planned once per connection. */
interface NamedSql {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: Row[] }>;
}

/** A caller who is alone should not wait for machinery that pays off in crowds. Undefined: it was refused, so ask why. */
async function flushOne(sql: NamedSql, log: RegisteredLog, event: CheckedEvent): Promise<Flushed | undefined> {
  const { key, shard, type, schemaVersion, occurredAt, subject, id, source, body, extensions } = event;
  const { rows } = await sql.query({
    name: `scorekeep_ingest_one_${log.schema}_${log.id}`,
    text: statementsOf(log).one,
    values: [key, shard, type, schemaVersion, occurredAt, subject, id, source, body, extensions],
  });
  const clock = Number(rows[0]?.['clock']);
  if (rows[0]?.['readonly'] === true) return { outcomes: undefined, clock };
  return rows[0]?.['last'] == null ? undefined : { outcomes: [{ accepted: integer(rows[0], 'last') }], clock };
}

const statements = new WeakMap<RegisteredLog, { readonly one: string; readonly many: string }>();

function statementsOf(log: RegisteredLog): { readonly one: string; readonly many: string } {
  let made = statements.get(log);
  if (made === undefined) {
    made = { one: oneText(log), many: manyText(log) };
    statements.set(log, made);
  }
  return made;
}

function oneText(log: RegisteredLog): string {
  const { id } = log;
  return `with input as materialized (select $2::int2 as shard, $3::int2 as type, $6::text as subject, $9::jsonb as body),
fresh as (insert into ${seenTable(log)} (log, shard, key, digest)
  select ${id}, shard, $1::uuid, ${DIGEST('input')} from input
  where (select not readonly from ${quote(log.schema)}.event_log where id = ${id})
  on conflict do nothing returning shard),
head as (update ${quote(log.schema)}.log_head h set last = last + 1 from fresh
  where h.log = ${id} and h.shard = fresh.shard returning last),
written as (insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, id, source, extensions, body)
  select ${id}, shard, last, $1, type, $4::int2, to_timestamp($5::float8 / 1000), subject, $7::text, $8::text, $10::jsonb, body
  from head, input)
select (select last from head), readonly, extract(epoch from clock_timestamp()) * 1000 as clock
from ${quote(log.schema)}.event_log where id = ${id}`;
}

/**
 * - `fresh` is what nobody has ingested; `on conflict` waits for a transaction that is about to.
 * - `locked` takes the heads in the order of their shards, so two flushes cannot wait for each other there.
 * - The join to `fresh` is on (shard, key), which the planner hashes; on positions it would believe in one row and loop.
 * - `same` is null when the other writer committed after this statement's snapshot: ask once more.
 */
function manyText(log: RegisteredLog): string {
  const { id } = log;
  const heads = `${quote(log.schema)}.log_head`;
  return `with input as materialized (
  select * from rows from (unnest($1::uuid[], $2::int2[], $3::int2[], $4::int2[], $5::float8[], $6::text[], $7::text[], $8::text[]),
    jsonb_array_elements($9::jsonb), jsonb_array_elements($10::jsonb)) with ordinality
    x(key, shard, type, schema_version, occurred, subject, id, source, body, extensions, n)
  where (select not readonly from ${quote(log.schema)}.event_log where id = ${id})),
fresh as (insert into ${seenTable(log)} (log, shard, key, digest)
  select ${id}, shard, key, ${DIGEST('input')} from input
  on conflict do nothing returning shard, key),
counted as (select shard, count(*) as c from fresh group by shard),
locked as materialized (
  select h.shard, c from ${heads} h join counted using (shard) where h.log = ${id} order by h.shard for update of h),
head as (update ${heads} h set last = last + c from locked l where h.log = ${id} and h.shard = l.shard
  returning h.shard, h.last - c as base),
written as (insert into ${eventTable(log)}
  (log, shard, position, key, type, schema_version, occurred_at, subject, id, source, extensions, body)
  select ${id}, i.shard, head.base + row_number() over (partition by i.shard order by i.n), i.key, i.type, i.schema_version,
    to_timestamp(i.occurred / 1000), i.subject, i.id, i.source, nullif(i.extensions, 'null'), i.body
  from input i join fresh using (shard, key) join head on head.shard = i.shard)
select 0 as n, null::int2 as shard, extract(epoch from clock_timestamp()) * 1000 as value, readonly as same
from ${quote(log.schema)}.event_log where id = ${id}
union all select null, shard, base, null from head
union all select i.n, i.shard, null, s.digest = ${DIGEST('i')}
from input i left join ${seenTable(log)} s on s.log = ${id} and s.shard = i.shard and s.key = i.key
where ((i.shard, i.key) in (select shard, key from fresh)) is not true`;
}

/** What must be equal for two events of one key to be the same event: subject, type and data; their time may differ. */
export const DIGEST = (row: string): string =>
  `jsonb_hash_extended(${row}.body, hashtextextended(${row}.subject, ${row}.type))`;

function parameters(events: readonly CheckedEvent[]): unknown[] {
  return [
    joined(events, (event) => event.key),
    joined(events, (event) => event.shard),
    joined(events, (event) => event.type),
    joined(events, (event) => event.schemaVersion),
    joined(events, (event) => event.occurredAt),
    textArray(events.map((event) => event.subject)),
    // Shorter lists are filled up with NULL, so the usual case sends nothing.
    events.some((event) => event.id !== null) ? textArray(events.map((event) => event.id)) : '{}',
    events.some((event) => event.source !== null) ? textArray(events.map((event) => event.source)) : '{}',
    `[${events.map((event) => event.body).join(',')}]`,
    events.some((event) => event.extensions !== null)
      ? `[${events.map((event) => event.extensions ?? 'null').join(',')}]`
      : '[]',
  ];
}

/** An array literal of what needs no quotes. */
function joined(events: readonly CheckedEvent[], of: (event: CheckedEvent) => string | number): string {
  return `{${events.map(of).join(',')}}`;
}

function read(log: RegisteredLog, events: readonly CheckedEvent[], rows: readonly Row[]): Flushed {
  const next = new Array<number>(log.shards).fill(Number.NaN);
  const refused = new Map<number, Outcome>();
  let clock = 0;
  for (const row of rows) {
    if (row['n'] === null) next[integer(row, 'shard')] = integer(row, 'value') + 1;
    else if (row['shard'] === null) {
      clock = Number(row['value']);
      if (row['same'] === true) return { outcomes: undefined, clock };
    } else refused.set(integer(row, 'n'), VERDICTS.get(row['same']) ?? 'again');
  }
  const outcomes = events.map((event, i): Outcome => {
    const verdict = refused.get(i + 1);
    if (verdict !== undefined) return verdict;
    const position = next[event.shard] ?? Number.NaN;
    next[event.shard] = position + 1;
    return { accepted: position };
  });
  return { outcomes, clock };
}

const VERDICTS: ReadonlyMap<unknown, Outcome> = new Map<unknown, Outcome>([
  [true, 'duplicate'],
  [false, 'conflict'],
]);
