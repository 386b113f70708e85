import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { readHeads } from './read-log.ts';
import { learnTypes, type RegisteredLog, seenTable } from './register-log.ts';
import { noteAttached, segmentTable } from './segment.ts';

/** How much lies in a log. Times are Unix milliseconds, null where there is no event. */
export interface LogStatistics {
  readonly events: number;
  readonly types: readonly TypeStatistics[];
  /** When the oldest and the newest event were written. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Events, and bytes of data, that came in the last 24 hours. */
  readonly growth: { readonly events: number; readonly rawBytes: number };
  /** Bytes on disk, indexes included: of the events, and of the ids that are remembered. */
  readonly storedBytes: number;
  readonly seenBytes: number;
  readonly segments: number;
  /** The last position of each shard. */
  readonly heads: readonly number[];
  readonly quarantined: number;
  /** Fields that events had and their schema did not name; at least so many, see docs/event-log.md. */
  readonly drift: readonly { readonly type: string; readonly field: string; readonly events: number }[];
  readonly readonly: boolean;
}

export interface TypeStatistics {
  readonly type: string;
  readonly events: number;
  /** Bytes of the data as JSON text. */
  readonly rawBytes: number;
  readonly oldest: number;
  readonly newest: number;
}

interface Counted extends TypeStatistics {
  readonly lastDay: number;
  readonly lastDayBytes: number;
}

/**
 * Counts a log. Segments that are full and a day old are counted once and remembered, so this reads what is younger.
 */
export async function readStatistics(sql: Sql, log: RegisteredLog): Promise<LogStatistics> {
  const at = quote(log.schema);
  const heads = await readHeads(sql, log);
  await noteAttached(sql, log);
  const { rows: segments } = await sql.query(
    `select number, statistics from ${at}.segment where log = $1 and detached_at is null order by number`,
    [log.id],
  );
  const counted: Counted[] = [];
  let storedBytes = 0;
  for (const segment of segments) {
    const number = integer(segment, 'number');
    const table = segmentTable(log, number);
    const { rows } = await sql.query('select pg_total_relation_size($1::regclass) as bytes', [table]);
    storedBytes += integer(rows[0], 'bytes');
    const remembered = segment['statistics'] as Counted[] | null;
    counted.push(...(remembered ?? (await countSegment(sql, log, number, heads))));
  }
  const { rows } = await sql.query(
    `select pg_total_relation_size($2::regclass) as seen,
       (select bool_or(readonly) from ${at}.log_head where log = $1) as readonly,
       (select count(*) from ${at}.quarantine where log = $1) as quarantined,
       (select coalesce(json_agg(json_build_object('type', t.name, 'field', d.field, 'events', d.events) order by d.events desc, t.name, d.field), '[]')
        from ${at}.event_drift d join ${at}.event_type t on t.log = d.log and t.id = d.type where d.log = $1) as drift`,
    [log.id, seenTable(log)],
  );
  const types = sumByType(counted);
  return {
    events: sum(types, (one) => one.events),
    types,
    oldest: types.length === 0 ? null : Math.min(...types.map((one) => one.oldest)),
    newest: types.length === 0 ? null : Math.max(...types.map((one) => one.newest)),
    growth: { events: sum(counted, (one) => one.lastDay), rawBytes: sum(counted, (one) => one.lastDayBytes) },
    storedBytes,
    seenBytes: integer(rows[0], 'seen'),
    segments: segments.length,
    heads,
    quarantined: integer(rows[0], 'quarantined'),
    drift: rows[0]?.['drift'] as LogStatistics['drift'],
    readonly: rows[0]?.['readonly'] === true,
  };
}

async function countSegment(
  sql: Sql,
  log: RegisteredLog,
  number: number,
  heads: readonly number[],
): Promise<Counted[]> {
  const recent = `recorded_at > now() - interval '1 day'`;
  const { rows } = await sql.query(
    `select type, count(*) as events, sum(octet_length(body::text)) as raw, count(*) filter (where ${recent}) as day,
       coalesce(sum(octet_length(body::text)) filter (where ${recent}), 0) as day_raw,
       (extract(epoch from min(recorded_at)) * 1000)::int8 as oldest, (extract(epoch from max(recorded_at)) * 1000)::int8 as newest
     from ${segmentTable(log, number)} group by type order by type`,
  );
  await learnTypes(sql, log, rows);
  const counted = rows.map((row) => ({
    type: log.typeNames.get(integer(row, 'type')) ?? String(row['type']),
    events: integer(row, 'events'),
    rawBytes: integer(row, 'raw'),
    oldest: integer(row, 'oldest'),
    newest: integer(row, 'newest'),
    lastDay: integer(row, 'day'),
    lastDayBytes: integer(row, 'day_raw'),
  }));
  const full = heads.every((head) => head >= (number + 1) * log.segmentSize);
  if (full && sum(counted, (one) => one.lastDay) === 0) {
    await sql.query(`update ${quote(log.schema)}.segment set statistics = $3 where log = $1 and number = $2`, [
      log.id,
      number,
      JSON.stringify(counted),
    ]);
  }
  return counted;
}

function sumByType(counted: readonly Counted[]): TypeStatistics[] {
  const types = new Map<string, TypeStatistics>();
  for (const { type, events, rawBytes, oldest, newest } of counted) {
    const known = types.get(type) ?? { type, events: 0, rawBytes: 0, oldest, newest };
    types.set(type, {
      type,
      events: known.events + events,
      rawBytes: known.rawBytes + rawBytes,
      oldest: Math.min(known.oldest, oldest),
      newest: Math.max(known.newest, newest),
    });
  }
  return [...types.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
