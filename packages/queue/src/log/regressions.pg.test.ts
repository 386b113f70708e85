import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { room, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

const sql = async (text: string): Promise<Record<string, unknown>[]> =>
  onDatabase(url, async (client) => (await client.query(text)).rows);

test('the first command of an erasable stream was a conflict when repeated, and could be guessed after an erasure', async () => {
  const log = roomLog('keyed', { erasable: true });
  const join = () => keep.decide(log, 's', room, { player: 'ann' }, { commandId: 'c' });
  const first = await join();
  expect(first.status).toBe('appended');
  expect(await join()).toEqual({ ...first, repeated: true });
  await keep.logs.erase(log, 's');
  const guess = createHash('sha256').update('["room",{"player":"ann"}]').digest('hex');
  expect(await sql(`select 1 from scorekeep.stream_command where digest = '${guess}'`)).toEqual([]);
  expect(await join()).toMatchObject({ status: 'rejected', reason: { code: 'erased' } });
});
