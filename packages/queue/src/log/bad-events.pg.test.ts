import { type EventType, eventType } from '@scorekeep/core/events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { eventLog } from './event-log.ts';
import type { LoggedEvent } from './read-log.ts';
import { ended, gameEnded, gameLog, schemaOf } from './testing/game.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

/** Takes any data, so that what is refused is refused by the log and not by a schema. */
const anything: EventType<'anything', object, object> = eventType('anything', { schema: schemaOf<object>(() => true) });
const log = eventLog<EventType>('bad', { types: [gameEnded, anything] });

const any = (id: string, data: unknown, more: object = {}): object => ({
  id,
  type: 'anything',
  subject: 'ann',
  data,
  ...more,
});
const nested = (depth: number): object => (depth === 1 ? {} : { d: nested(depth - 1) });
const ids = async (): Promise<string[]> => {
  const events: LoggedEvent[] = [];
  for await (const event of keep.logs.replay(log)) events.push(event);
  return events.map((event) => event.id);
};

/** Each with the receipt that it gets; the codes are those of docs/event-log.md. */
const BAD: readonly (readonly [name: string, input: unknown, code: string, path: string])[] = [
  ['a text', 'not an event', 'not-object', ''],
  ['null', null, 'not-object', ''],
  ['no id', { type: 'anything', subject: 'ann' }, 'missing', 'id'],
  ['an id that is a number', any(7 as unknown as string, {}), 'wrong-type', 'id'],
  ['an unknown type', { id: 'x', type: 'nothing', subject: 'ann' }, 'unknown-type', 'type'],
  ['a score that is a text', ended(1, 'ann', { score: '7' as unknown as number }), 'schema', 'data'],
  ['ten megabytes', any('big', { text: Array.from({ length: 700 }, () => 'x'.repeat(15_000)) }), 'limit', 'bytes'],
  ['a thousand levels', any('deep', nested(1_000)), 'limit', 'depth'],
  ['NUL in a text', any('nul', { a: 'x\u0000y' }), 'nul', 'data.a'],
  ['NUL in the id', any('x\u0000y', {}), 'nul', 'id'],
  ['half a surrogate pair', any('half', { a: '\ud800' }), 'lone-surrogate', 'data.a'],
  [
    '__proto__',
    JSON.parse('{"id":"p","type":"anything","subject":"ann","data":{"__proto__":{"admin":true}}}'),
    'reserved-key',
    'data.__proto__',
  ],
  ['an unsafe integer', any('unsafe', { n: 2 ** 53 }), 'unsafe-integer', 'data.n'],
  ['infinity', any('infinity', { n: Number.POSITIVE_INFINITY }), 'not-json', 'data.n'],
  ['a time that is none', any('time', {}, { time: 'yesterday' }), 'malformed', 'time'],
  ['no subject', { id: 'x', type: 'anything', data: {} }, 'missing', 'subject'],
];

test('each bad event of a request gets its own receipt, and the good ones between them are kept', async () => {
  const input = BAD.flatMap(([, bad], i) => [bad, any(`good-${i}`, { i })]);
  const receipts = await keep.ingest(log, input);
  for (const [i, [name, , code, path]] of BAD.entries()) {
    expect({ name, ...receipts[2 * i] }).toMatchObject({
      name,
      status: 'rejected',
      reason: { code, path: expect.stringContaining(path) },
    });
    expect(receipts[2 * i + 1]).toMatchObject({ status: 'accepted', id: `good-${i}` });
  }
  expect(await ids()).toEqual(BAD.map((_, i) => `good-${i}`));
});

test('a request that is no JSON, or too large, is one rejection that names why', async () => {
  expect(await keep.ingest(log, '[{"id":')).toMatchObject([{ status: 'rejected', reason: { code: 'not-json' } }]);
  const large = await keep.ingest(log, `[${'x'.repeat(9 * 2 ** 20)}]`);
  expect(large).toMatchObject([{ status: 'rejected', reason: { code: 'limit', path: 'requestBytes' } }]);
  expect(large[0]?.status === 'rejected' ? large[0].reason.message : '').toContain('limits.requestBytes');
});

test('of a hundred thousand events in one array those within the limit are kept, and each of the others is told the limit', async () => {
  const receipts = await keep.ingest(
    log,
    Array.from({ length: 100_000 }, (_, i) => any(`many-${i}`, {})),
  );
  expect(receipts.slice(0, 10_000).every((receipt) => receipt.status === 'accepted')).toBe(true);
  expect(receipts).toHaveLength(100_000);
  expect(
    receipts.slice(10_000).every((receipt) => receipt.status === 'rejected' && receipt.reason.path === 'events'),
  ).toBe(true);
});

test('an event of 1970 and one of 2100 are kept aside, because their clock cannot be right', async () => {
  const receipts = await keep.ingest(log, [
    any('old', {}, { time: '1970-01-01T00:00:00Z' }),
    any('new', {}, { time: '2100-01-01T00:00:00Z' }),
  ]);
  expect(receipts).toMatchObject([
    { status: 'quarantined', id: 'old', reasons: [{ code: 'time-behind' }] },
    { status: 'quarantined', id: 'new', reasons: [{ code: 'time-ahead' }] },
  ]);
});

test('ids that are repeated within one request are told apart from the first', async () => {
  const receipts = await keep.ingest(log, [any('twice', { a: 1 }), any('twice', { a: 1 }), any('twice', { a: 2 })]);
  expect(receipts.map((receipt) => receipt.status)).toEqual(['accepted', 'duplicate', 'conflict']);
});

test('what passes every check and Postgres refuses is refused alone', async () => {
  const refusing = gameLog({}, 'refusing');
  await keep.logs.statistics(refusing);
  await onDatabase(url, (client) =>
    client.query(`alter table scorekeep.events_refusing add constraint poison check (body ->> 'user_id' <> 'eve')`),
  );
  const many = Array.from({ length: 300 }, (_, i) => ended(i, i % 100 === 7 ? 'eve' : `user-${i}`));
  const receipts = await keep.ingest(refusing, many);
  for (const [i, receipt] of receipts.entries()) {
    if (i % 100 !== 7) expect(receipt.status).toBe('accepted');
    else expect(receipt).toMatchObject({ status: 'rejected', reason: { code: 'database', path: '23514' } });
  }
  expect((await keep.logs.statistics(refusing)).events).toBe(297);
});

describe('the quarantine', () => {
  const doubtful = gameLog({}, 'doubtful');

  test('an implausible event is kept aside once, whole, with its reason, and is not in the log', async () => {
    const cheat = ended(1, 'eve', { score: 1_000, seconds: 1 });
    const send = (): Promise<readonly unknown[]> => keep.ingest(doubtful, [cheat, ended(2, 'ann')]);
    expect(await send()).toMatchObject([
      { status: 'quarantined', id: 'event-1', reasons: [{ code: 'implausible', path: 'scoreRate' }] },
      { status: 'accepted', id: 'event-2' },
    ]);
    expect(await send()).toMatchObject([{ status: 'quarantined', id: 'event-1' }, { status: 'duplicate' }]);
    expect(await keep.ingest(doubtful, ended(1, 'eve', { score: 2_000, seconds: 1 }))).toMatchObject([
      { status: 'conflict' },
    ]);
    expect(await keep.logs.quarantined(doubtful)).toMatchObject([
      { id: 'event-1', subject: 'eve', reason: 'implausible:scoreRate', data: { score: 1_000, seconds: 1 } },
    ]);
    expect(await keep.logs.statistics(doubtful)).toMatchObject({ events: 1, quarantined: 1 });
  });

  test('what is released is in the log as it was sent, and is a duplicate from then on', async () => {
    const kept = await keep.logs.quarantined(doubtful);
    expect(await keep.logs.release(doubtful, kept)).toMatchObject([
      { status: 'accepted', id: 'event-1', position: expect.any(Number) },
    ]);
    expect(await keep.logs.quarantined(doubtful)).toEqual([]);
    expect(await keep.logs.release(doubtful, kept)).toEqual([]);
    const again = await keep.ingest(doubtful, ended(1, 'eve', { score: 1_000, seconds: 1 }));
    expect(again).toMatchObject([{ status: 'duplicate' }]);
    expect(await keep.logs.recent(doubtful, { subject: 'eve' })).toMatchObject([
      { id: 'event-1', data: { score: 1_000 } },
    ]);
  });

  test('what is discarded is gone', async () => {
    await keep.ingest(doubtful, ended(3, 'eve', { score: 1_000, seconds: 1 }));
    const kept = await keep.logs.quarantined(doubtful);
    expect(await keep.logs.discard(doubtful, kept)).toBe(1);
    expect(await keep.logs.quarantined(doubtful)).toEqual([]);
  });
});
