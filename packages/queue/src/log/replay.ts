import { toCloudEvent } from '@scorekeep/core/events';
import type { Sql } from '../postgres/sql.ts';
import { assertTime, assertWhole } from './assert-storable.ts';
import type { EventLog } from './event-log.ts';
import { type LoggedEvent, readEvents, readHeads } from './read-log.ts';
import type { RegisteredLog } from './register-log.ts';

/** A piece of a log. Left out, a bound does not bind; what is written after the call began is not in it. */
export interface ReplayRange {
  /** Only this shard. */
  readonly shard?: number;
  /** Only positions after this one, of each shard. */
  readonly after?: number;
  /** Only positions up to this one, of each shard. */
  readonly to?: number;
  /** Only what was written at this time or later, in Unix milliseconds. */
  readonly recordedFrom?: number;
  /** Only what was written before this time. */
  readonly recordedBefore?: number;
}

/** Events of a page. Constant memory, whatever the range. */
const PAGE = 1_000;

/** Reads any piece of a log again: shard by shard, each in the order of its positions. */
export async function* replay(
  sql: Sql,
  log: EventLog,
  registered: RegisteredLog,
  { shard: only, after = 0, to = Number.MAX_SAFE_INTEGER, recordedFrom, recordedBefore }: ReplayRange = {},
): AsyncGenerator<LoggedEvent, void> {
  if (only !== undefined) assertWhole('shard', only, registered.shards - 1);
  assertWhole('after', after);
  assertWhole('to', to);
  if (recordedFrom !== undefined) assertTime('recordedFrom', recordedFrom);
  if (recordedBefore !== undefined) assertTime('recordedBefore', recordedBefore);
  const heads = await readHeads(sql, registered);
  for (const [shard, head] of heads.entries()) {
    if (only !== undefined && only !== shard) continue;
    const end = Math.min(to, head);
    for (let at = after; at < end; ) {
      const events = await readEvents(
        sql,
        log,
        registered,
        `shard = $1 and position > $2 and position <= $3 and ($4::float8 is null or recorded_at >= to_timestamp($4 / 1000))
         and ($5::float8 is null or recorded_at < to_timestamp($5 / 1000)) order by position limit ${PAGE}`,
        [shard, at, end, recordedFrom ?? null, recordedBefore ?? null],
      );
      yield* events;
      if (events.length < PAGE) break;
      at = events.at(-1)?.position ?? end;
    }
  }
}

/**
 * The same as lines of JSON, each a CloudEvent with the extension attributes {@link EXPORTED}; `logversion` where it has a
 * version of its stream. An event whose subject has been erased has no data and `logerased: true`.
 */
export async function* exportLines(events: AsyncIterable<LoggedEvent>): AsyncGenerator<string, void> {
  for await (const event of events) {
    const { shard, position, version, data, typeVersion, extensions } = event;
    const { data: sent, ...envelope } = toCloudEvent({
      ...event,
      version: typeVersion,
      extensions: extensions ?? undefined,
      data: (data ?? {}) as Parameters<typeof toCloudEvent>[0]['data'],
    });
    const line: Record<string, unknown> = {
      ...envelope,
      logshard: shard,
      logposition: position,
      logrecordedat: new Date(event.recordedAt).toISOString(),
      ...(version === null ? {} : { logversion: version }),
      ...(data === undefined ? { logerased: true } : { data: sent }),
    };
    yield `${JSON.stringify(line)}\n`;
  }
}

/** What an export says about an event beside what was sent; a log that takes such a line drops them again. */
export const EXPORTED: readonly string[] = ['logshard', 'logposition', 'logrecordedat', 'logversion', 'logerased'];
