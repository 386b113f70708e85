import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import type { EventLog } from './event-log.ts';
import { ensureSegments } from './segment.ts';

/** A log that the database knows. */
export interface RegisteredLog {
  readonly id: number;
  readonly name: string;
  readonly schema: string;
  /** Shards, fixed when the log was made. */
  readonly shards: number;
  /** Positions of one segment. */
  readonly segmentSize: number;
  readonly erasable: boolean;
  readonly chained: boolean;
  /** Name of an event type to its number in this log. */
  readonly typeIds: Map<string, number>;
  /** And back, with the types that the definition does not have: no longer, or not yet. See {@link learnTypes}. */
  readonly typeNames: Map<number, string>;
}

/** The table with the events of one log, whose partitions are its segments. */
export const eventTable = (log: RegisteredLog): string => `${quote(log.schema)}.${quote(`events_${log.name}`)}`;

/** The table with what has been ingested into one log. */
export const seenTable = (log: RegisteredLog): string => `${quote(log.schema)}.${quote(`seen_${log.name}`)}`;

/**
 * Makes a log known and its tables, the first time; afterwards checks that it is still the same and adds its new types.
 *
 * @throws ScorekeepError LOG_CHANGED when the name stands for a log of another source, or with other segments, seals or chains
 */
export async function registerLog(tx: Sql, schema: string, log: EventLog): Promise<RegisteredLog> {
  let row = await findLog(tx, schema, log.name);
  if (row === undefined || (await hasNewTypes(tx, schema, row, log))) {
    await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOG_LOCK, `${schema}.${log.name}`]);
    row = (await findLog(tx, schema, log.name)) ?? (await create(tx, schema, log));
    await addTypes(tx, schema, integer(row, 'id'), log);
  }
  const registered: RegisteredLog = {
    id: integer(row, 'id'),
    name: log.name,
    schema,
    shards: integer(row, 'shards'),
    segmentSize: integer(row, 'segment_size'),
    erasable: row['erasable'] === true,
    chained: row['chained'] === true,
    ...(await readTypes(tx, schema, integer(row, 'id'))),
  };
  for (const [option, stored] of [
    ['source', row['source']],
    ['segmentSize', registered.segmentSize],
    ['erasable', registered.erasable],
    ['chained', registered.chained],
  ] as const) {
    if (stored === log[option]) continue;
    throw new ScorekeepError(
      'LOG_CHANGED',
      `Log "${log.name}" was made with ${option}: ${String(stored)}, not ${String(log[option])}; its events rest on it. Give the new one another name.`,
      { log: log.name, changed: option },
    );
  }
  await ensureSegments(tx, registered);
  return registered;
}

/** Any constant does, as long as no other lock of ours is taken with it. */
const LOG_LOCK = 0x5c10c;

async function findLog(tx: Sql, schema: string, name: string): Promise<Row | undefined> {
  const { rows } = await tx.query(
    `select id, source, shards, segment_size, erasable, chained from ${quote(schema)}.event_log where name = $1`,
    [name],
  );
  return rows[0];
}

async function create(tx: Sql, schema: string, log: EventLog): Promise<Row> {
  const { name, source, segmentSize, erasable, chained } = log;
  const at = quote(schema);
  const { rows } = await tx.query(
    `insert into ${at}.event_log (name, source, shards, segment_size, erasable, chained) values ($1, $2, $3, $4, $5, $6)
     returning id, source, shards, segment_size, erasable, chained`,
    [name, source, SHARDS, segmentSize, erasable, chained],
  );
  const id = integer(rows[0], 'id');
  await tx.query(
    `insert into ${at}.log_head (log, shard) select $1, shard from generate_series(0, $2::int - 1) shard`,
    [id, SHARDS],
  );
  await tx.query(
    `create table ${at}.${quote(`events_${name}`)} partition of ${at}.event for values in (${id}) partition by range (position)`,
  );
  await tx.query(`create table ${at}.${quote(`seen_${name}`)} partition of ${at}.seen for values in (${id})`);
  return rows[0] as Row;
}

/** Eight, on one node: enough for parallel consumers, few enough that a flush of 500 events is not torn to pieces. */
const SHARDS = 8;

async function hasNewTypes(tx: Sql, schema: string, row: Row, log: EventLog): Promise<boolean> {
  const { typeIds } = await readTypes(tx, schema, integer(row, 'id'));
  return log.types.some((type) => !typeIds.has(type.name));
}

async function addTypes(tx: Sql, schema: string, id: number, log: EventLog): Promise<void> {
  await tx.query(
    `insert into ${quote(schema)}.event_type (log, id, name)
     select $1, (select coalesce(max(id), 0) from ${quote(schema)}.event_type where log = $1) + row_number() over (order by n), name
     from unnest($2::text[]) with ordinality x(name, n)
     where not exists (select from ${quote(schema)}.event_type known where known.log = $1 and known.name = x.name)`,
    [id, log.types.map((type) => type.name)],
  );
}

/** Learns what types there are by now, if one of rows is of a type that another process has made known since. */
export async function learnTypes(sql: Sql, log: RegisteredLog, rows: readonly Row[]): Promise<void> {
  if (rows.every((row) => log.typeNames.has(integer(row, 'type')))) return;
  const { typeNames } = await readTypes(sql, log.schema, log.id);
  for (const [id, name] of typeNames) {
    log.typeNames.set(id, name);
    log.typeIds.set(name, id);
  }
}

async function readTypes(tx: Sql, schema: string, id: number): Promise<Pick<RegisteredLog, 'typeIds' | 'typeNames'>> {
  const { rows } = await tx.query(`select id, name from ${quote(schema)}.event_type where log = $1`, [id]);
  const types = rows.map((row) => [String(row['name']), integer(row, 'id')] as const);
  return { typeIds: new Map(types), typeNames: new Map(types.map(([name, number]) => [number, name])) };
}
