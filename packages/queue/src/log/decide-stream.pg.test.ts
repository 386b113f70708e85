import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { room, roomLog } from './testing/room.ts';

let keep: Keep;
let other: Keep;
beforeAll(async () => {
  const { url } = await testDatabase();
  keep = await connect({ url });
  other = await connect({ url });
});
afterAll(() => Promise.all([keep.stop(), other.stop()]));

test('a command is carried out on the state as it is, or refused with its reason', async () => {
  const log = roomLog('rooms');
  expect(await keep.decide(log, 'r', room, { player: 'ann', points: 3 })).toEqual({
    status: 'refused',
    refused: 'is not in',
    version: 0,
  });
  expect(await keep.decide(log, 'r', room, { player: 'ann' })).toMatchObject({
    status: 'appended',
    version: 1,
    events: 1,
  });
  expect(await keep.decide(log, 'r', room, { player: 'ann', points: 3 })).toMatchObject({
    status: 'appended',
    version: 2,
  });
  expect(await keep.decide(log, 'r', room, { player: 'ann' })).toEqual({
    status: 'refused',
    refused: 'is in',
    version: 2,
  });
  expect(await keep.fold(log, 'r', room)).toMatchObject({ state: { ann: 3 } });
});

test('commands from everywhere at once are each carried out once, on the state that the others left', async () => {
  const log = roomLog('crowd', { chained: true });
  await keep.decide(log, 'r', room, { player: 'ann' });
  const results = await Promise.all(
    Array.from({ length: 24 }, (_, i) =>
      (i % 2 ? keep : other).decide(log, 'r', room, { player: 'ann', points: 1 }, { commandId: `c${i >> 1}` }),
    ),
  );
  expect(results.filter((result) => result.status === 'appended' && !result.repeated)).toHaveLength(12);
  expect(results.filter((result) => result.status === 'appended' && result.repeated)).toHaveLength(12);
  expect(await keep.fold(log, 'r', room)).toMatchObject({ state: { ann: 12 }, version: 13 });
});

test('a command that was carried out gets its first answer, though it would be refused by now', async () => {
  const log = roomLog('again');
  const first = await keep.decide(log, 'r', room, { player: 'ann' }, { commandId: 'join' });
  expect(await other.decide(log, 'r', room, { player: 'ann' }, { commandId: 'join' })).toEqual({
    ...first,
    repeated: true,
  });
  expect(await other.decide(log, 'r', room, { player: 'bob' }, { commandId: 'join' })).toEqual({
    status: 'command-conflict',
    version: 1,
  });
});
