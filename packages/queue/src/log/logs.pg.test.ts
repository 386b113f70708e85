import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { shardOf } from './shard-of.ts';
import { ended, gameLog, idOfTime } from './testing/game.ts';
import { points, room, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const sql = async (text: string): Promise<Record<string, unknown>[]> =>
  onDatabase(url, async (client) => (await client.query(text)).rows);

describe('a log is counted, shown and exported', () => {
  const log = gameLog({}, 'counted');
  beforeAll(async () => {
    const drifted = ended(1_000, 'ann');
    await keep.ingest(log, [
      ...Array.from({ length: 1_000 }, (_, n) => ended(n)),
      { ...drifted, data: { ...(drifted['data'] as object), combo: 7 } },
      ...Array.from({ length: 20 }, (_, n) => ({
        id: `p${n}`,
        type: 'purchased',
        subject: `user-${n}`,
        data: { sku: 'é' },
      })),
    ]);
  });

  test('statistics by type equal a count by hand', async () => {
    const statistics = await keep.logs.statistics(log);
    const [hand] = await sql(
      `select count(*)::int as events, sum(length(body::text))::int as raw from scorekeep.events_counted where body ? 'score'`,
    );
    expect(statistics.types).toEqual([
      {
        type: 'game_ended',
        events: hand?.['events'],
        rawBytes: hand?.['raw'],
        oldest: expect.any(Number),
        newest: statistics.newest,
      },
      {
        type: 'purchased',
        events: 20,
        rawBytes: 20 * '{"sku": "é"}'.length + 20,
        oldest: statistics.oldest,
        newest: expect.any(Number),
      },
    ]);
    expect(statistics).toMatchObject({
      events: 1_021,
      growth: { events: 1_021 },
      quarantined: 0,
      readonly: false,
      segments: 2,
    });
    expect(statistics.storedBytes).toBeGreaterThan(statistics.growth.rawBytes);
    expect(statistics.seenBytes).toBeGreaterThan(1_021 * 26);
    expect(statistics.heads.reduce((a, b) => a + b)).toBe(1_021);
    expect(await keep.logs.heads(log)).toEqual(statistics.heads);
  });

  test('a field that no schema names is counted and kept, never refused', async () => {
    const second = await connect({ url });
    await second.ingest(log, {
      ...ended(2_000, 'bob'),
      data: { user_id: 'bob', score: 1, seconds: 2, combo: 1, streak: 2 },
    });
    await second.stop(); // writes its counts down
    expect((await keep.logs.statistics(log)).drift).toEqual([
      { type: 'game_ended', field: 'combo', events: 1 },
      { type: 'game_ended', field: 'streak', events: 1 },
    ]);
    expect(await keep.logs.recent(log, { subject: 'bob', limit: 1 })).toMatchObject([
      { data: { combo: 1, streak: 2 }, errors: [] },
    ]);
  });

  test('the latest come first, and can be asked for by type', async () => {
    await keep.ingest(log, ended(3_000));
    expect((await keep.logs.recent(log, { limit: 2 }))[0]).toMatchObject({ id: 'event-3000' });
    const bought = await keep.logs.recent(log, { type: 'purchased', limit: 1_000 });
    expect(bought).toHaveLength(20);
    expect(await keep.logs.recent(log, { type: 'nothing' })).toEqual([]);
  });

  test('a replay of any range is what was read before, and an export has a line for each event', async () => {
    const all = await collect(keep.logs.replay(log));
    expect(all).toHaveLength(1_023);
    expect(await collect(keep.logs.replay(log))).toEqual(all);
    const piece = await collect(keep.logs.replay(log, { shard: 3, after: 10, to: 20 }));
    expect(piece).toEqual(all.filter(({ shard, position }) => shard === 3 && position > 10 && position <= 20));
    const { newest } = await keep.logs.statistics(log);
    expect(await collect(keep.logs.replay(log, { recordedFrom: (newest ?? 0) + 60_000 }))).toEqual([]);
    const lines = await collect(keep.logs.export(log));
    expect(lines).toHaveLength(1_023);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      specversion: '1.0',
      id: all[0]?.id,
      source: '/counted',
      type: all[0]?.type,
      subject: all[0]?.subject,
      logshard: 0,
      logposition: 1,
      data: all[0]?.data,
    });
    // What was exported can be sent again: it is what was taken.
    const sent = lines.map((line) => JSON.parse(line));
    const receipts = await keep.ingest(log, sent);
    expect(receipts.every((receipt) => receipt.status === 'duplicate')).toBe(true);
  });
});

test('a limit that is none, or too large, is refused by name', async () => {
  const log = gameLog({}, 'limits');
  const invalid = {
    code: 'DEFINITION_INVALID',
    message: expect.stringContaining('limit must be an integer from 1 to'),
  };
  await expect(keep.logs.recent(log, { limit: 1_001 })).rejects.toMatchObject(invalid);
  await expect(keep.logs.quarantined(log, { limit: 0 })).rejects.toMatchObject(invalid);
  await expect(keep.logs.read(log, { shard: 0, after: 0, limit: 1e6 })).rejects.toMatchObject(invalid);
  await expect(keep.read(log, 'ann', { limit: 0.5 })).rejects.toMatchObject(invalid);
  await expect(keep.consume(log, 'c', async () => undefined, { limit: Number.NaN })).rejects.toMatchObject(invalid);
});

test('a read-only log takes nothing in any process, says for how long, and still reads', async () => {
  const log = roomLog('closed');
  const other = await connect({ url });
  await keep.ingest(log, { id: 'a', type: 'joined', subject: 'r', data: { player: 'ann' } });
  await other.logs.setReadonly(log, true);
  const unavailable = { code: 'UNAVAILABLE', fields: { log: 'closed', reason: 'readonly', retryAfter: 30 } };
  const send = [1, 2].map((n) => ({ id: `b${n}`, type: 'joined', subject: 'r', data: { player: 'bob' } }));
  await expect(keep.ingest(log, send)).rejects.toMatchObject(unavailable);
  await expect(keep.ingest(log, send[0])).rejects.toMatchObject(unavailable);
  await expect(keep.append(log, 'r', [points('ann', 1)], { expectedVersion: 'any' })).rejects.toMatchObject(
    unavailable,
  );
  expect(await keep.logs.recent(log)).toHaveLength(1);
  await keep.logs.setReadonly(log, false);
  expect(await other.ingest(log, send)).toMatchObject([
    { status: 'accepted', position: 2 },
    { status: 'accepted', position: 3 },
  ]);
  await other.stop();
});

test('a process that has as much waiting as it may refuses more, and takes it once that is written', async () => {
  const log = gameLog({ limits: { waiting: 100 } }, 'busy');
  const first = keep.ingest(
    log,
    Array.from({ length: 150 }, (_, n) => ended(n)),
  );
  await keep.logs.statistics(log);
  const crowd = await Promise.allSettled(
    Array.from({ length: 50 }, (_, call) =>
      keep.ingest(
        log,
        Array.from({ length: 50 }, (_, n) => ended(1_000 + call * 50 + n)),
      ),
    ),
  );
  const refused = crowd.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused)
    expect(reason).toMatchObject({ code: 'UNAVAILABLE', fields: { reason: 'busy', retryAfter: 1 } });
  await first;
  expect(await keep.ingest(log, ended(1))).toMatchObject([{ status: 'duplicate' }]);
});

describe('erasing a subject', () => {
  test('leaves no data of it anywhere, and everything else, positions, duplicates and chains as they were', async () => {
    const log = roomLog('erasable', { erasable: true, chained: true });
    await keep.append(log, 'room of ann', [points('secret-ann', 1), points('secret-ann', 2)], {
      expectedVersion: 'none',
      commandId: 'c',
    });
    await keep.append(log, 'room of bob', [points('bob', 1)], { expectedVersion: 'none' });
    const sent = { id: 'e1', type: 'joined', subject: 'room of ann', data: { player: 'secret-ann' } };
    expect(await keep.ingest(log, [sent, sent])).toMatchObject([{ status: 'accepted' }, { status: 'duplicate' }]);
    expect(await keep.ingest(log, { ...sent, data: { player: 'x' } })).toMatchObject([{ status: 'conflict' }]);
    expect(await keep.ingest(log, sent)).toMatchObject([{ status: 'duplicate' }]);
    expect(await keep.fold(log, 'room of ann', room, { snapshotEvery: 1 })).toEqual({
      state: { 'secret-ann': 3 },
      version: 2,
      erased: false,
    });
    expect(await keep.fold(log, 'room of ann', room)).toMatchObject({ state: { 'secret-ann': 3 } });
    const before = await collect(keep.logs.replay(log));
    expect(before.every((event) => event.data !== undefined)).toBe(true);

    expect(await keep.logs.erase(log, 'room of ann')).toBe(true);
    expect(await keep.logs.erase(log, 'room of ann')).toBe(false);

    const after = await collect(keep.logs.replay(log));
    expect(after).toEqual(
      before.map((event) => (event.subject === 'room of ann' ? { ...event, data: undefined } : event)),
    );
    expect(await keep.logs.verifyChain(log, 'room of ann')).toMatchObject({
      ok: true,
      payloads: 0,
      head: { version: 2 },
    });
    expect(await keep.logs.verifyChain(log, 'room of bob')).toMatchObject({ ok: true, payloads: 1 });
    expect(await keep.fold(log, 'room of ann', room)).toEqual({ state: {}, version: 2, erased: true });
    expect(await keep.catchUp(log, 'room of ann', room, { since: 0 })).toMatchObject({
      version: 2,
      erased: true,
      snapshot: { state: {} },
    });
    expect(await keep.fold(log, 'room of bob', room)).toMatchObject({ state: { bob: 1 }, erased: false });
    expect(await keep.ingest(log, [sent, { ...sent, id: 'e2' }])).toMatchObject([
      { status: 'rejected', reason: { code: 'erased' } },
      { status: 'rejected', reason: { code: 'erased' } },
    ]);
    expect(await keep.append(log, 'room of ann', [points('ann', 1)], { expectedVersion: 'any' })).toMatchObject({
      status: 'rejected',
      reason: { code: 'erased' },
    });
    const dump = await sql(
      `select (select json_agg(e)::text from scorekeep.event e) || (select coalesce(json_agg(s)::text, '') from scorekeep.snapshot s) as everything`,
    );
    expect(String(dump[0]?.['everything'])).not.toContain('secret-ann');
    const lines = await collect(keep.logs.export(log));
    expect(lines.filter((line) => JSON.parse(line).logerased === true)).toHaveLength(3);
  });

  test('is refused by a log that seals nothing', async () => {
    await expect(keep.logs.erase(roomLog('plain'), 'ann')).rejects.toMatchObject({ code: 'NOT_ERASABLE' });
  });
});

describe('pruning', () => {
  test('detaches the segments that everybody has passed, with the evidence, and holds the others for whom needs them', async () => {
    const log = gameLog({ retain: '1 hour', segmentSize: 10 }, 'pruned');
    // 30 events of one user: three segments' worth in one shard; the others are filled, so that segments are full.
    const users = usersByShard();
    await keep.ingest(
      log,
      Array.from({ length: 240 }, (_, n) => ended(n, users[n % 8])),
    );
    expect(await keep.logs.prune(log)).toEqual({ segments: [], ids: 0, commands: 0 });
    await sql(`update scorekeep.events_pruned set recorded_at = recorded_at - interval '2 hours' where position <= 20`);
    const seen: number[] = [];
    const step = (limit: number): Promise<number> =>
      keep.consume(log, 'points', async (_, events) => void seen.push(...events.map((event) => event.position)), {
        limit,
      });
    expect(await step(5)).toBe(40);
    expect(await keep.logs.prune(log)).toMatchObject({
      segments: [{ number: 0, detached: false, heldBy: 'consumer:points' }],
    });
    expect(await step(5)).toBe(40);
    const { segments } = await keep.logs.prune(log);
    expect(segments).toEqual([
      {
        number: 0,
        table: '"scorekeep"."events_pruned_0"',
        detached: true,
        heldBy: undefined,
        evidence: { consumers: { points: Array(8).fill(10) }, streams: 0 },
      },
      {
        number: 1,
        table: '"scorekeep"."events_pruned_1"',
        detached: false,
        heldBy: 'consumer:points',
        evidence: undefined,
      },
    ]);
    expect(await sql('select count(*)::int as events from scorekeep.events_pruned_0')).toEqual([{ events: 80 }]);
    expect((await collect(keep.logs.replay(log))).map((event) => event.position).toSorted((a, b) => a - b)[0]).toBe(11);
    while ((await step(7)) > 0);
    expect(seen).toHaveLength(240);
    expect(await keep.logs.prune(log)).toMatchObject({ segments: [{ number: 1, detached: true }] });
    // Ids are remembered beyond the events.
    expect(await keep.ingest(log, ended(0, users[0]))).toMatchObject([{ status: 'duplicate' }]);
    expect(await keep.ingest(log, ended(500, users[0]))).toMatchObject([{ status: 'accepted', position: 31 }]);
  });

  test('a stream holds its segment until a snapshot is past it; afterwards it folds and verifies as before', async () => {
    const log = roomLog('streams', { retain: '1 hour', segmentSize: 10, chained: true });
    const rooms = usersByShard();
    for (const stream of rooms) {
      await keep.append(
        log,
        stream,
        Array.from({ length: 25 }, (_, i) => points('ann', i)),
        { expectedVersion: 'none' },
      );
    }
    await sql(
      `update scorekeep.events_streams set recorded_at = recorded_at - interval '2 hours' where position <= 10`,
    );
    expect(await keep.logs.prune(log)).toMatchObject({ segments: [{ number: 0, detached: false, heldBy: 'stream' }] });
    for (const stream of rooms) await keep.fold(log, stream, room, { snapshotEvery: 1 });
    expect(await keep.logs.prune(log)).toMatchObject({
      segments: [{ number: 0, detached: true, evidence: { streams: 8 } }],
    });
    const stream = rooms[0] ?? '';
    expect(await keep.logs.verifyChain(log, stream)).toMatchObject({ ok: true, payloads: 15, head: { version: 25 } });
    await keep.append(log, stream, [points('ann', 100)], { expectedVersion: 25 });
    expect(await keep.fold(log, stream, room)).toEqual({ state: { ann: 400 }, version: 26, erased: false });
    expect(await keep.catchUp(log, stream, room, { since: 3 })).toMatchObject({
      version: 26,
      snapshot: { state: { ann: 400 } },
      events: [],
    });
  });

  test('ids past the horizon are forgotten if they say how old they are, and answered late from then on', async () => {
    const log = gameLog({ horizon: '2 days' }, 'forgetful');
    const v7 = (days: number): string => idOfTime(Date.now() - days * 86_400_000);
    const old = { ...ended(1, 'ann'), id: v7(4) };
    const young = { ...ended(3, 'ann'), id: v7(1) };
    const sourced = { ...ended(1, 'ann'), id: v7(4), source: 'phone' };
    await keep.ingest(gameLog({}, 'forgetful'), [old, sourced, ended(2, 'ann'), young]);
    expect(await keep.logs.prune(log)).toMatchObject({ ids: 2 });
    expect(await keep.ingest(log, [old, sourced, ended(2, 'ann'), young])).toMatchObject([
      { status: 'late' },
      { status: 'late' },
      { status: 'duplicate' },
      { status: 'duplicate' },
    ]);
  });
});

/** One subject of each shard, in the order of shards. */
function usersByShard(): string[] {
  return Array.from({ length: 8 }, (_, shard) => {
    for (let n = 0; ; n++) if (shardOf(`u${n}`, 8) === shard) return `u${n}`;
  });
}
