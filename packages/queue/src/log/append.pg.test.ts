import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import type { Appended, ExpectedVersion } from './append.ts';
import { points, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
let other: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
  other = await connect({ url });
});
afterAll(() => Promise.all([keep.stop(), other.stop()]));

describe.each([false, true])('with chained: %s', (chained) => {
  const log = roomLog(chained ? 'chained_rooms' : 'rooms', { chained });

  /** The matrix of what is expected and what is there: 0, 1 or 3 events. */
  test.each<[ExpectedVersion, number, 'appended' | 'conflict']>([
    ['none', 0, 'appended'],
    ['none', 1, 'conflict'],
    ['none', 3, 'conflict'],
    ['exists', 0, 'conflict'],
    ['exists', 1, 'appended'],
    ['exists', 3, 'appended'],
    ['any', 0, 'appended'],
    ['any', 1, 'appended'],
    ['any', 3, 'appended'],
    [0, 0, 'appended'],
    [1, 0, 'conflict'],
    [1, 1, 'appended'],
    [1, 3, 'conflict'],
    [4, 3, 'conflict'],
  ])('expecting %s of a stream with %i events: %s', async (expectedVersion, there, status) => {
    const stream = `matrix ${expectedVersion} ${there}`;
    for (let i = 0; i < there; i++) await keep.append(log, stream, [points('ann', i)], { expectedVersion: i });
    const appended = await keep.append(log, stream, [points('bob', 1), points('bob', 2)], { expectedVersion });
    expect(appended).toMatchObject({ status, version: status === 'appended' ? there + 2 : there });
    const { version, events } = await keep.read(log, stream);
    expect(version).toBe(status === 'appended' ? there + 2 : there);
    expect(events.map((event) => event.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
  });

  test('a storm of appends to one stream has exactly one winner per version', async () => {
    const writers = Array.from({ length: 16 }, (_, writer) => ({ writer, keep: writer % 2 === 0 ? keep : other }));
    const won = new Map<number, number>();
    await Promise.all(
      writers.map(async ({ writer, keep: mine }) => {
        for (let version = 0; version < 30; ) {
          const result = await mine.append(log, 'storm', [points(`p${writer}`, version)], { expectedVersion: version });
          if (result.status === 'appended') {
            expect(won.has(result.version)).toBe(false);
            won.set(result.version, writer);
          }
          version = 'version' in result ? result.version : version;
        }
      }),
    );
    const { events } = await keep.read(log, 'storm', { limit: 10_000 });
    expect(events.map((event) => event.version)).toEqual(Array.from({ length: events.length }, (_, i) => i + 1));
    for (const { version, data } of events) {
      expect(data).toMatchObject({ player: `p${won.get(version ?? 0)}`, points: (version ?? 0) - 1 });
    }
  });

  test('appends that expect nothing all get in, one after the other', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? keep : other).append(log, 'crowd', [points(`p${i}`, i)], { expectedVersion: 'any' }),
      ),
    );
    expect(results.map((result) => result.status)).toEqual(Array.from({ length: 20 }, () => 'appended'));
    expect((await keep.read(log, 'crowd')).version).toBe(20);
  });

  test('the same command gets its first answer, however often and from wherever it comes', async () => {
    const send = (mine: Keep): Promise<Appended> =>
      mine.append(log, 'command', [points('ann', 3)], { expectedVersion: 'any', commandId: 'c-1' });
    const crowd = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i % 2 ? keep : other)));
    expect(crowd.filter((result) => result.status === 'appended' && !result.repeated)).toHaveLength(1);
    expect(new Set(crowd.map((result) => JSON.stringify({ ...result, repeated: undefined }))).size).toBe(1);
    await keep.append(log, 'command', [points('bob', 1)], { expectedVersion: 1 });
    expect(await send(keep)).toMatchObject({ status: 'appended', version: 1, repeated: true });
    const changed = await keep.append(log, 'command', [points('ann', 4)], { expectedVersion: 'any', commandId: 'c-1' });
    expect(changed).toEqual({ status: 'command-conflict', version: 2 });
    expect((await keep.read(log, 'command')).version).toBe(2);
  });

  test('a command that lost its version at first is answered anew, since nothing was done', async () => {
    await keep.append(log, 'lost', [points('ann', 1)], { expectedVersion: 'none' });
    const options = { expectedVersion: 0, commandId: 'c-2' };
    expect(await keep.append(log, 'lost', [points('bob', 1)], options)).toEqual({ status: 'conflict', version: 1 });
    expect(await keep.append(log, 'lost', [points('bob', 1)], { ...options, expectedVersion: 1 })).toMatchObject({
      status: 'appended',
      version: 2,
      repeated: false,
    });
  });

  test("in the host's transaction an append commits or rolls back with it", async () => {
    const failed = keep.transaction(async (tx) => {
      await keep.append(log, 'host', [points('ann', 1)], { expectedVersion: 'none', commandId: 'h', tx });
      throw new Error('the host changed its mind');
    });
    await expect(failed).rejects.toThrow('changed its mind');
    expect((await keep.read(log, 'host')).version).toBe(0);
    const result = await keep.transaction((tx) =>
      keep.append(log, 'host', [points('ann', 1)], { expectedVersion: 'none', commandId: 'h', tx }),
    );
    expect(result).toMatchObject({ status: 'appended', version: 1, repeated: false });
    const again = await keep.transaction(async (tx) => {
      const first = await keep.append(log, 'host', [points('ann', 1)], { expectedVersion: 'none', commandId: 'h', tx });
      // The transaction is as good as before: an answer never breaks it.
      await tx.query('select 1');
      return first;
    });
    expect(again).toMatchObject({ status: 'appended', version: 1, repeated: true });
  });

  test('an event that its type does not take is named, and nothing of its append is stored', async () => {
    const bad = { type: 'scored' as const, data: { player: 'ann', points: 0.5 } };
    const result = await keep.append(log, 'bad', [points('ann', 1), bad], { expectedVersion: 'any' });
    expect(result).toMatchObject({ status: 'rejected', index: 1, reason: { code: 'schema' } });
    expect((await keep.read(log, 'bad')).version).toBe(0);
  });
});

test('positions of appends and of ingested events are one dense order', async () => {
  const log = roomLog('mixed');
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      i % 2
        ? keep.ingest(log, { id: `e${i}`, type: 'joined', subject: 'r', data: { player: `p${i}` } })
        : other.append(log, 'r', [points('ann', i), points('bob', i)], { expectedVersion: 'any' }),
    ),
  );
  const lists = await Promise.all(
    Array.from({ length: 8 }, (_, shard) => keep.logs.read(log, { shard, after: 0, limit: 1_000 })),
  );
  expect(lists.flat().map((event) => event.position)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1));
});

test('an append that is the first in a new segment needs nothing of the host, in its transaction or alone', async () => {
  const log = roomLog('segments', { segmentSize: 3 });
  for (let i = 0; i < 20; i++) {
    expect(await keep.append(log, 'r', [points('ann', 1), points('ann', 2)], { expectedVersion: 'any' })).toMatchObject(
      { status: 'appended' },
    );
  }
  const last = await keep.transaction(async (tx) => {
    for (let i = 0; i < 20; i++) {
      await keep.append(log, 'r', [points('ann', 1), points('ann', 2)], { expectedVersion: 40 + 2 * i, tx });
    }
    return keep.append(log, 'r', [points('ann', 1)], { expectedVersion: 'exists', tx });
  });
  expect(last).toMatchObject({ version: 81, position: 81 });
  expect((await keep.read(log, 'r')).events).toHaveLength(81);
});
