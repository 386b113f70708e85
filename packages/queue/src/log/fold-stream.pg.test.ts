import { parseHistory, replayCheck } from '@scorekeep/core/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { points, type RoomState, room, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

const snapshots = (): Promise<Record<string, unknown>[]> =>
  onDatabase(url, async (client) => (await client.query('select version, body from scorekeep.snapshot')).rows);

test('a stream folds to its state now and after any version, and a snapshot changes nothing', async () => {
  const log = roomLog('rooms');
  for (let i = 1; i <= 25; i++) await keep.append(log, 'r1', [points(`p${i % 3}`, i)], { expectedVersion: i - 1 });
  const before = await Promise.all(
    Array.from({ length: 26 }, (_, at) => keep.fold(log, 'r1', room, { at, snapshotEvery: false })),
  );
  expect(before[0]).toEqual({ state: {}, version: 0, erased: false });
  expect(before[4]).toEqual({ state: { p0: 3, p1: 5, p2: 2 }, version: 4, erased: false });
  expect(await snapshots()).toEqual([]);
  expect(await keep.fold(log, 'r1', room, { snapshotEvery: 10 })).toEqual(before[25]);
  expect(await snapshots()).toMatchObject([{ version: 25 }]);
  await keep.append(log, 'r1', [points('p0', 100)], { expectedVersion: 25 });
  expect(await keep.fold(log, 'r1', room)).toEqual({
    state: { p0: 208, p1: 117, p2: 100 },
    version: 26,
    erased: false,
  });
  const after = await Promise.all(Array.from({ length: 26 }, (_, at) => keep.fold(log, 'r1', room, { at })));
  expect(after).toEqual(before);
});

test('a snapshot of another fold is not used, and a snapshot that was changed is noticed', async () => {
  const log = roomLog('changed');
  await keep.append(log, 'r1', [points('ann', 1), points('ann', 2)], { expectedVersion: 'none' });
  await keep.fold(log, 'r1', room, { snapshotEvery: 1 });
  const doubled = { ...room, foldHash: 'another', evolve: () => ({ ann: 7 }) };
  expect(await keep.fold(log, 'r1', doubled)).toMatchObject({ state: { ann: 7 }, version: 2 });
  await onDatabase(url, (client) =>
    client.query(`update scorekeep.snapshot set body = jsonb_set(body, '{state,ann}', '99') where version = 2`),
  );
  await expect(keep.fold(log, 'r1', room)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
});

test('a stream of thousands of events folds page by page', async () => {
  const log = roomLog('long');
  const events = Array.from({ length: 2_500 }, () => points('ann', 1));
  await keep.append(log, 'r1', events, { expectedVersion: 'none' });
  expect(await keep.fold(log, 'r1', room)).toEqual({ state: { ann: 2_500 }, version: 2_500, erased: false });
});

test('a client catches up with events, or with a snapshot when there are many or when it knows what never was', async () => {
  const log = roomLog('clients');
  await keep.append(
    log,
    'r1',
    Array.from({ length: 30 }, (_, i) => points('ann', i)),
    { expectedVersion: 'none' },
  );
  const few = await keep.catchUp(log, 'r1', room, { since: 27, limit: 10 });
  expect(few).toMatchObject({ version: 30, snapshot: undefined, erased: false });
  expect(few.events.map((event) => event.version)).toEqual([28, 29, 30]);
  expect(await keep.catchUp(log, 'r1', room, { since: 30 })).toMatchObject({
    version: 30,
    events: [],
    snapshot: undefined,
  });
  const state = { ann: 435 };
  expect(await keep.catchUp(log, 'r1', room, { since: 2, limit: 10 })).toMatchObject({
    version: 30,
    events: [],
    snapshot: { state, version: 30 },
  });
  expect(await keep.catchUp(log, 'r1', room, { since: 31 })).toMatchObject({
    version: 30,
    snapshot: { state, version: 30 },
  });
  expect(await keep.catchUp(log, 'nothing', room, { since: 0 })).toEqual({
    version: 0,
    snapshot: undefined,
    events: [],
    erased: false,
  });
});

test('a stream can be committed as a history, and the history finds code that folds otherwise', async () => {
  const log = roomLog('history');
  await keep.append(log, 'r1', [points('ann', 1), points('bob', 2)], { expectedVersion: 'none' });
  const history = await keep.logs.history(log, 'r1', room);
  expect(history).toMatchObject({ decider: 'room', stream: 'r1', events: [{ version: 1 }, { version: 2 }] });
  expect(replayCheck(room, [parseHistory(JSON.parse(JSON.stringify(history)))])).toMatchObject({ ok: true, events: 2 });
  const doubling = { ...room, evolve: (state: RoomState) => ({ ...state, ann: 7 }) };
  expect(replayCheck(doubling, [history])).toMatchObject({ ok: false, differences: [{ version: 1 }] });
});

test('a chain is whole until a stored event is changed, and says where it broke', async () => {
  const log = roomLog('chain', { chained: true });
  for (let i = 0; i < 5; i++)
    await keep.append(log, 'r1', [points('ann', i), points('bob', i)], { expectedVersion: 'any' });
  expect(await keep.logs.verifyChain(log, 'r1')).toMatchObject({ ok: true, payloads: 10, head: { version: 10 } });
  expect(await keep.logs.verifyChain(log, 'nothing')).toMatchObject({ ok: true, payloads: 0, head: { version: 0 } });
  await onDatabase(url, (client) =>
    client.query(`update scorekeep.events_chain set body = jsonb_set(body, '{points}', '50') where version = 4`),
  );
  expect(await keep.logs.verifyChain(log, 'r1')).toMatchObject({ ok: false, version: 4, fault: 'payload' });
  await onDatabase(url, (client) => client.query('delete from scorekeep.events_chain where version >= 9'));
  await onDatabase(url, (client) =>
    client.query(`update scorekeep.events_chain set body = jsonb_set(body, '{points}', '1') where version = 4`),
  );
  expect(await keep.logs.verifyChain(log, 'r1')).toMatchObject({ ok: false, version: 8, fault: 'head' });
  await expect(keep.logs.verifyChain(roomLog('unchained'), 'r1')).rejects.toMatchObject({ code: 'NOT_CHAINED' });
});

test('a reading that asks for it is written down: who, what and why', async () => {
  const log = roomLog('audited');
  await keep.append(log, 'r1', [points('ann', 1), points('ann', 2)], { expectedVersion: 'none' });
  await keep.read(log, 'r1', { after: 1, audit: { reader: 'support/eve', purpose: 'ticket 7' } });
  const { rows } = await onDatabase(url, (client) =>
    client.query('select stream, reader, purpose, after_version, to_version from scorekeep.stream_read'),
  );
  expect(rows).toEqual([{ stream: 'r1', reader: 'support/eve', purpose: 'ticket 7', after_version: 1, to_version: 2 }]);
});
