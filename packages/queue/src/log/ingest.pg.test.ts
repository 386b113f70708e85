import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { newId } from '../postgres/new-id.ts';
import { onDatabase } from '../testing/contest.ts';
import type { EventLog } from './event-log.ts';
import type { LoggedEvent } from './read-log.ts';
import type { EventReceipt } from './receipt.ts';
import { ended, gameLog, idOfTime } from './testing/game.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

/** All events of a log, by shard and position. */
async function everything(log: EventLog): Promise<LoggedEvent[]> {
  const shards = await Promise.all(
    Array.from({ length: 8 }, (_, shard) => keep.logs.read(log, { shard, after: 0, limit: 100_000 })),
  );
  return shards.flat();
}

const tally = (receipts: readonly EventReceipt[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of receipts) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

test('one event is answered with its shard and position, and lies there as it was sent', async () => {
  const log = gameLog({}, 'one');
  const sent = { ...ended(1, 'ann'), time: new Date(Date.now() - 5_000).toISOString(), traceparent: '00-abc' };
  const [receipt] = await keep.ingest(log, sent);
  expect(receipt).toEqual({ status: 'accepted', id: 'event-1', shard: expect.any(Number), position: 1 });
  expect(await everything(log)).toEqual([
    {
      shard: receipt?.status === 'accepted' ? receipt.shard : undefined,
      position: 1,
      id: 'event-1',
      source: '/one',
      type: 'game_ended',
      typeVersion: 1,
      subject: 'ann',
      version: null,
      time: Date.parse(sent.time),
      recordedAt: expect.any(Number),
      extensions: { traceparent: '00-abc' },
      data: { user_id: 'ann', score: 1, seconds: 60 },
      hash: null,
      digest: null,
    },
  ]);
});

test('thousands of events are answered in their order, with the positions at which they lie, dense in every shard', async () => {
  const log = gameLog({}, 'many');
  const calls = Array.from({ length: 40 }, (_, call) => Array.from({ length: 150 }, (_, i) => ended(call * 150 + i)));
  const receipts = await Promise.all(calls.map((events) => keep.ingest(log, events)));
  const stored = await everything(log);
  expect(stored).toHaveLength(6_000);
  const byId = new Map(stored.map((event) => [event.id, event]));
  for (const [call, list] of receipts.entries()) {
    for (const [i, receipt] of list.entries()) {
      const event = byId.get(`event-${call * 150 + i}`);
      expect(receipt).toEqual({ status: 'accepted', id: event?.id, shard: event?.shard, position: event?.position });
    }
  }
  for (let shard = 0; shard < 8; shard++) {
    const positions = stored.filter((event) => event.shard === shard).map((event) => event.position);
    expect(positions).toEqual(Array.from({ length: positions.length }, (_, i) => i + 1));
  }
});

test('what few events have lies beside those that have it, whoever is in the same flush', async () => {
  const log = gameLog({}, 'rare');
  const usual = (n: number): Record<string, unknown> => ({ ...ended(n), id: newId() });
  const all = [
    Array.from({ length: 100 }, (_, n) => usual(n)),
    [usual(100), { ...usual(101), source: 'phone' }, { ...usual(102), traceparent: '00-abc' }, ended(103)],
  ];
  for (const events of all) expect(tally(await keep.ingest(log, events))).toEqual({ accepted: events.length });
  const stored = new Map((await everything(log)).map((event) => [event.id, event]));
  for (const sent of all.flat()) {
    const { id, source = '/rare', traceparent, data } = sent;
    const extensions = traceparent === undefined ? null : { traceparent };
    expect(stored.get(String(id))).toMatchObject({ id, source, extensions, data });
  }
  expect(stored.size).toBe(104);
});

test('events of one subject keep the order in which they were given', async () => {
  const log = gameLog({}, 'ordered');
  await Promise.all(Array.from({ length: 300 }, (_, n) => keep.ingest(log, ended(n, 'ann'))));
  expect((await everything(log)).map((event) => event.id)).toEqual(Array.from({ length: 300 }, (_, n) => `event-${n}`));
});

test('the same event again is a duplicate, with another payload a conflict, and neither is stored', async () => {
  const log = gameLog({}, 'again');
  await keep.ingest(log, [ended(1, 'ann'), ended(2, 'ann')]);
  const reordered = { data: { seconds: 60, score: 1, user_id: 'ann' }, type: 'game_ended', id: 'event-1' };
  const receipts = await keep.ingest(log, [reordered, ended(2, 'ann', { score: 50 }), ended(3, 'ann')]);
  expect(receipts.map((receipt) => receipt.status)).toEqual(['duplicate', 'conflict', 'accepted']);
  expect(await everything(log)).toHaveLength(3);
});

test('a hundred callers that send the same event at once: one is accepted, the others are told that they repeat it', async () => {
  const log = gameLog({}, 'crowd');
  const second = await connect({ url });
  const calls = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? keep : second).ingest(log, ended(7, 'ann')));
  const receipts = (await Promise.all(calls)).flat();
  await second.stop();
  expect(tally(receipts)).toEqual({ accepted: 1, duplicate: 99 });
  expect(await everything(log)).toHaveLength(1);
});

test('callers that send different payloads under one id at once: one payload wins, and all are told which', async () => {
  const log = gameLog({}, 'rivals');
  const receipts = (
    await Promise.all(Array.from({ length: 60 }, (_, i) => keep.ingest(log, ended(7, 'ann', { score: i % 3 }))))
  ).flat();
  expect(tally(receipts)).toEqual({ accepted: 1, duplicate: 19, conflict: 40 });
});

test('whoever repeats a stored event beside others that contradict it is still told that it is a duplicate', async () => {
  const log = gameLog({}, 'beside');
  const [stored, other] = [ended(7, 'ann'), ended(7, 'ann', { score: 8 })];
  await keep.ingest(log, stored);
  const calls = Array.from({ length: 40 }, (_, i) => keep.ingest(log, i % 2 ? stored : other));
  const receipts = (await Promise.all(calls)).flat();
  expect(receipts.map((receipt) => receipt.status)).toEqual(
    Array.from({ length: 40 }, (_, i) => (i % 2 ? 'duplicate' : 'conflict')),
  );
});

test('an urgent event goes before the thousands that wait', async () => {
  const log = gameLog({}, 'urgent');
  const crowd = Array.from({ length: 5_000 }, (_, n) => ended(n, 'ann'));
  const slow = keep.ingest(log, crowd);
  const [receipt] = await keep.ingest(log, { id: 'p', type: 'purchased', subject: 'ann', data: { sku: 'gem' } });
  await slow;
  expect(receipt).toMatchObject({ status: 'accepted' });
  expect(receipt?.status === 'accepted' ? receipt.position : 0).toBeLessThan(5_000);
});

describe('time-ordered ids and the horizon', () => {
  test('an id older than the log remembers is late, a younger one is taken, and one of any other kind is taken', async () => {
    const log = gameLog({ horizon: '2 days' }, 'horizon');
    const day = 86_400_000;
    const receipts = await keep.ingest(log, [
      { ...ended(1, 'ann'), id: idOfTime(Date.now() - 3 * day) },
      { ...ended(1, 'ann'), id: idOfTime(Date.now() - 1 * day) },
      ended(1, 'ann'),
    ]);
    expect(receipts.map((receipt) => receipt.status)).toEqual(['late', 'accepted', 'accepted']);
    expect((await everything(log))[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('a log that its definition does not fit any more is refused, and a new type is welcome', async () => {
  await keep.ingest(gameLog({}, 'fixed'), ended(1));
  await expect(keep.ingest(gameLog({ erasable: true }, 'fixed'), ended(1))).rejects.toMatchObject({
    code: 'LOG_CHANGED',
    fields: { log: 'fixed', changed: 'erasable' },
  });
  const { rows } = await onDatabase(url, (client) =>
    client.query(
      `select t.name from scorekeep.event_type t join scorekeep.event_log l on l.id = t.log where l.name = 'fixed' order by t.id`,
    ),
  );
  expect(rows).toEqual([{ name: 'game_ended' }, { name: 'purchased' }]);
});

test('after an event that was there already, as before it, what is new is accepted, alone and in crowds, and nothing twice', async () => {
  const log = gameLog({}, 'wary');
  for (let round = 0; round < 12; round++) {
    const fresh = Array.from({ length: 20 }, (_, i) => ended(round * 20 + i));
    expect(tally(await keep.ingest(log, fresh))).toEqual({ accepted: 20 });
    if (round % 4 === 0)
      expect(tally(await keep.ingest(log, [...fresh, ended(1_000 + round)]))).toEqual({ accepted: 1, duplicate: 20 });
    if (round % 4 === 2) expect(tally(await keep.ingest(log, ended(0)))).toEqual({ duplicate: 1 });
    expect(tally(await keep.ingest(log, ended(2_000 + round)))).toEqual({ accepted: 1 });
  }
  const { heads, events } = await keep.logs.statistics(log);
  expect(heads.reduce((sum, last) => sum + last, 0)).toBe(12 * 21 + 3);
  expect(events).toBe(12 * 21 + 3);
});

test.each([1, 10, 600])(
  'of %i at a time, what a flush did is told before anybody hears his answer',
  async (callers) => {
    const log = gameLog({}, `told${callers}`);
    await keep.ingest(log, ended(0, 'ann'));
    let told = 0;
    const hear = (fact: unknown): void => {
      told += (fact as { accepted: number }).accepted;
    };
    subscribe('scorekeep.ingest.flushed', hear);
    try {
      const heard: number[] = [];
      await Promise.all(
        Array.from({ length: callers }, async (_, i) => {
          for (let k = 0; k < 3; k++) {
            await keep.ingest(log, ended(1 + i * 3 + k, `user-${i}`));
            heard.push(told);
          }
        }),
      );
      expect(heard.findIndex((count, i) => count < i + 1)).toBe(-1);
      expect(told).toBe(callers * 3);
    } finally {
      unsubscribe('scorekeep.ingest.flushed', hear);
    }
  },
);
