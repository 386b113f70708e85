import { isUuid } from '@scorekeep/example-host/is-uuid';
import type { EventReceipt } from '@scorekeep/queue';
import { uuidV7 } from './process/uuid-v7.ts';

/**
 * The host's events as the log's: `event_type`, `user_id`, `timestamp` and `event_id` are an envelope, the rest is data. One
 * event, a list, or `{ events: [...] }` as old clients send it.
 *
 * An event without an `event_id` gets one of the request's Idempotency-Key and its place, or else a new one: then nobody can
 * tell whether it was sent before.
 *
 * An id that is no UUID is the player's own: clients number their events, and what one player sends takes no other's number. So
 * the player is the event's source, which the log tells events apart by beside the id. Before that, ids were the log's: such an
 * event that was kept then and is sent again is a new one, unless its id is a UUID.
 *
 * @param now in Unix milliseconds, for new ids
 */
export function toLogEvents(body: unknown, idempotencyKey: string | undefined, now: number): unknown[] {
  return listOf(body).map((event, place) => {
    if (!isObject(event)) return event;
    const { event_id, event_type, user_id, timestamp, event_version, ...data } = event;
    const id = event_id ?? (idempotencyKey === undefined ? uuidV7(now) : `${idempotencyKey}/${place}`);
    const source = typeof user_id !== 'string' || isUuid(id) ? undefined : user_id;
    return { id, source, type: event_type, subject: user_id, time: timestamp, dataversion: event_version, data };
  });
}

function listOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  if (isObject(body) && Array.isArray(body['events'])) return body['events'];
  return [body];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `POST /api/events` answers. `status` is 200 when anything is kept, 400 when nothing is. */
export interface EventsAnswer {
  readonly status: 200 | 400;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Receipts in the guide's shape, one for each event, in order. */
export function toAnswer(receipts: readonly EventReceipt[], now: number): EventsAnswer {
  const count = (status: EventReceipt['status']): number => receipts.filter((one) => one.status === status).length;
  const rejected = count('rejected') + count('conflict') + count('late');
  const kept = receipts.length - rejected;
  const body = {
    success: kept > 0 || receipts.length === 0,
    message: kept === 0 && receipts.length > 0 ? 'No event was kept' : 'Events received',
    count: receipts.length,
    accepted: count('accepted'),
    duplicates: count('duplicate'),
    quarantined: count('quarantined'),
    rejected,
    events: receipts.map(toLine),
    timestamp: new Date(now).toISOString(),
  };
  return { status: body.success ? 200 : 400, body };
}

function toLine(receipt: EventReceipt): Readonly<Record<string, unknown>> {
  const line = { event_id: receipt.id, status: receipt.status };
  if (receipt.status === 'rejected') {
    const { code, path, message } = receipt.reason;
    // The player is sent as the source too, which is looked at first.
    return { ...line, code, path: WORDS[path] ?? path, message: message.replace(/^source /, 'user_id ') };
  }
  if (receipt.status === 'conflict' || receipt.status === 'late')
    return { ...line, code: receipt.status, path: 'event_id', message: WHY[receipt.status] };
  if (receipt.status === 'quarantined')
    return { ...line, reasons: receipt.reasons.map(({ code, path }) => `${code}:${path}`) };
  return line;
}

const WHY = {
  conflict: 'Another event of this event_id came first; this one is not kept.',
  late: 'The event_id carries a time so long ago that nobody can tell whether the event was sent before; it is not kept.',
} as const;

/** Attributes of the envelope by what this host calls them. */
const WORDS: Readonly<Record<string, string>> = {
  id: 'event_id',
  type: 'event_type',
  subject: 'user_id',
  source: 'user_id',
  time: 'timestamp',
};

/** `1st`, `2nd`, `11th`. */
export function ordinal(rank: number): string {
  const suffix = ['th', 'st', 'nd', 'rd'][rank % 100 > 10 && rank % 100 < 14 ? 0 : rank % 10] ?? 'th';
  return `${rank}${suffix}`;
}
