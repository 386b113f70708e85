import type { Keep, LoggedEvent, Sql } from '@scorekeep/queue';
import { isUrgent } from '../event-types/index.ts';
import { applyOrPark, type Failed } from './apply-or-park.ts';
import { assertKnown } from './effect.ts';
import { game } from './game-log.ts';
import { FIRST_DELAY, type RetryEvent } from './retry-event.ts';

/** Two consumers read the whole log, and each event is one's: what is urgent never waits behind what is not. */
export const CONSUMERS = ['urgent', 'ordinary'] as const;
type Consumer = (typeof CONSUMERS)[number];

const consumerOf = (type: string): Consumer => (isUrgent(type) ? 'urgent' : 'ordinary');

/**
 * Processes the next events: of the urgent ones all that there are before any other. What they add, how far the consumer is,
 * and a job for each event that failed are committed together, so each event is processed exactly once, whatever dies.
 *
 * @param most events of one shard at a time
 * @throws Newer when the next events are of a newer release than this process
 * @returns how many it got through; 0 when there is nothing to do, or others do it
 */
export async function processNext(keep: Keep, retry: RetryEvent, most = 500): Promise<number> {
  for (const consumer of CONSUMERS) {
    const through = await keep.consume(game, consumer, (tx, events) => handle(keep, retry, tx, consumer, events), {
      limit: most,
    });
    if (through > 0) return through;
  }
  return 0;
}

async function handle(
  keep: Keep,
  retry: RetryEvent,
  tx: Sql,
  consumer: Consumer,
  events: readonly LoggedEvent[],
): Promise<void> {
  assertKnown(events);
  // For who counts the batches under way; it goes with the transaction.
  await tx.query('select pg_advisory_xact_lock_shared($1, 0)', [UNDER_WAY]);
  const own = events.filter(({ type }) => consumerOf(type) === consumer);
  const failed = await applyOrPark(tx, own);
  if (failed.length > 0) await park(keep, retry, tx, failed);
  await tx.query(PROGRESS, [consumer, JSON.stringify(progressOf(events, own))]);
}

/** Leaves failed events to jobs, in the transaction that goes on without them. */
async function park(keep: Keep, retry: RetryEvent, tx: Sql, failed: readonly Failed[]): Promise<void> {
  await tx.query(FAILED, [JSON.stringify(failed.map(({ event, code }) => ({ ...lineOf(event), code })))]);
  const places = failed.map(({ event: { shard, position, type } }) => ({ shard, position, type }));
  await keep.enqueueAll(retry, places, { tx, startAfter: FIRST_DELAY });
}

const lineOf = ({ shard, position, id, type, subject, time, recordedAt }: LoggedEvent) => ({
  shard,
  position,
  id,
  type,
  subject,
  time,
  recordedAt,
});

/** Of an advisory lock that every batch under way shares: "game" in ASCII. */
export const UNDER_WAY = 0x67616d65;

interface Progress {
  readonly shard: number;
  readonly position: number;
  readonly events: number;
}

function progressOf(events: readonly LoggedEvent[], own: readonly LoggedEvent[]): Progress[] {
  const lines = new Map<number, { shard: number; position: number; events: number }>();
  for (const { shard, position } of events) lines.set(shard, { shard, position, events: 0 });
  for (const { shard } of own) {
    const line = lines.get(shard);
    if (line !== undefined) line.events += 1;
  }
  return [...lines.values()];
}

const FAILED = `
  insert into events (shard, position, id, event_type, user_id, occurred_at, received_at, processing_attempts, processing_error)
  select shard, position, id, type, subject, to_timestamp(time / 1e3), to_timestamp("recordedAt" / 1e3), 1, code
  from json_to_recordset($1) as e(shard smallint, position bigint, id text, type text, subject text, time float8,
    "recordedAt" float8, code text)
  order by shard, position`;

const PROGRESS = `
  insert into processed as p (consumer, shard, position, events)
  select $1, shard, position, events from json_to_recordset($2) as e(shard smallint, position bigint, events bigint) order by shard
  on conflict (consumer, shard) do update set position = excluded.position, events = p.events + excluded.events`;
