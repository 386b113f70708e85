import { assertLimit } from '../assert-limit.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { assertText } from './assert-storable.ts';
import type { EventLog } from './event-log.ts';
import { EVENT_COLUMNS, type LoggedEvent, openEvents } from './read-log.ts';
import { eventTable, type RegisteredLog } from './register-log.ts';
import { shardOf } from './shard-of.ts';

export interface RecentOptions {
  /** Most events. Default 50, at most 1000. */
  readonly limit?: number;
  /** Only events of this type. */
  readonly type?: string;
  /** Only events of this subject. */
  readonly subject?: string;
}

/** What went wrong when a consumer processed an event. */
export interface ProcessingError {
  readonly consumer: string;
  /** A name that can be shown anywhere: a SQLSTATE, or an error's class. */
  readonly code: string;
}

export interface RecentEvent extends LoggedEvent {
  readonly errors: readonly ProcessingError[];
}

/** Finds the processing errors of events; keyed by `shard/position`. Consumers that park events know them. */
export type ErrorsOf = (
  sql: Sql,
  log: RegisteredLog,
  events: readonly LoggedEvent[],
) => Promise<ReadonlyMap<string, readonly ProcessingError[]>>;

/**
 * The latest events, newest first, by the time at which they were written. With a type or subject, those among the last
 * 10 000 of each shard, so that asking for what is rare costs no scan of everything.
 */
export async function readRecent(
  sql: Sql,
  log: EventLog,
  registered: RegisteredLog,
  errorsOf: ErrorsOf,
  { limit = 50, type, subject }: RecentOptions = {},
): Promise<RecentEvent[]> {
  assertLimit('limit', limit, 1, 1_000);
  assertText('subject', subject ?? '');
  const { rows } = await sql.query(
    `select e.* from (select shard, last from ${quote(registered.schema)}.log_head where log = $1 and ($4::int2 is null or shard = $4)) h,
     lateral (select ${EVENT_COLUMNS} from ${eventTable(registered)} e
       where e.log = $1 and e.shard = h.shard and e.position > h.last - 10000
         and ($2::int2 is null or type = $2) and ($3::text is null or subject = $3)
       order by e.position desc limit $5) e
     order by recorded desc, shard, position desc limit $5`,
    [
      registered.id,
      type === undefined ? null : (registered.typeIds.get(type) ?? -1),
      subject ?? null,
      subject === undefined ? null : shardOf(subject, registered.shards),
      limit,
    ],
  );
  const events = await openEvents(sql, log, registered, rows);
  const errors = await errorsOf(sql, registered, events);
  return events.map((event) => ({ ...event, errors: errors.get(`${event.shard}/${event.position}`) ?? [] }));
}
