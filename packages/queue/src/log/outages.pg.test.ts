import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { startProxy } from '../testing/proxy.ts';
import { ended, gameLog } from './testing/game.ts';
import { points, room, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

const silent = { code: 'UNAVAILABLE', fields: { reason: 'database', retryAfter: 5 } };

test('whatever a call waits for, it ends with its patience, and holds no connection that others need', async () => {
  const limits = { patience: 100 };
  const [game, rooms, sealed] = [
    gameLog({ limits }, 'hung'),
    roomLog('hung_rooms', { limits }),
    gameLog({ limits, erasable: true }, 'hung_sealed'),
  ];
  const patient = roomLog('hung_rooms');
  await Promise.all([game, rooms, sealed, patient].map((log) => keep.logs.statistics(log)));
  const calls = [
    () => keep.ingest(game, ended(1)),
    () => keep.ingest(game, ended(2, 'eve', { score: 9_999 })),
    () => keep.ingest(sealed, ended(1)),
    () => keep.append(rooms, 'r', [points('ann', 1)], { expectedVersion: 'any', commandId: 'c' }),
    () => keep.decide(rooms, 'r', room, { player: 'ann' }),
  ];
  await onDatabase(url, async (client) => {
    await client.query('begin');
    await client.query(
      'lock table scorekeep.log_head, scorekeep.quarantine, scorekeep.subject_key, scorekeep.stream in access exclusive mode',
    );
    await expect(keep.ingest(game, ended(1))).rejects.toMatchObject(silent);
    // Three times as many as the pool has connections.
    const answers = await Promise.allSettled(
      Array.from({ length: 6 }, () => calls)
        .flat()
        .map((call) => call()),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: silent });
    await client.query('rollback');
  });
  // Sent again, nothing is double, whichever of them the server had done when it was let go on.
  const again = (await keep.ingest(gameLog({}, 'hung'), [ended(1), ended(2)])).map(({ status }) => status);
  expect(again.every((status) => status === 'accepted' || status === 'duplicate')).toBe(true);
  expect((await keep.logs.statistics(game)).events).toBe(2);
  const append = await keep.append(patient, 'r', [points('ann', 1)], { expectedVersion: 'any', commandId: 'c' });
  expect(append.status).toBe('appended');
  expect((await keep.read(patient, 'r')).events.filter(({ type }) => type === 'scored')).toHaveLength(1);
});

test('an event that is alone waits no longer than its patience for the connection that its second statement needs', async () => {
  const small = await connect({ url, poolSize: 2 });
  const log = gameLog({ limits: { patience: 300 } }, 'crowded_out');
  const { promise: until, resolve: letGo } = Promise.withResolvers<void>();
  try {
    for (let i = 1; i <= 12; i++) await small.ingest(log, ended(i));
    await small.logs.setReadonly(log, true);
    const call = small.ingest(log, ended(13));
    // The first statement has its connection; whoever asks now gets it before the second does.
    await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
    const holding = [1, 2, 3].map(() => small.transaction(() => until));
    await expect(call).rejects.toMatchObject(silent);
    letGo();
    await Promise.all(holding);
  } finally {
    letGo();
    await small.stop();
  }
});

test('appends and commands ride out a wire that breaks and a host that vanishes, and each is carried out once', async () => {
  const proxy = await startProxy(url);
  const far = await connect({ url: proxy.url });
  const log = roomLog('ridden', { limits: { patience: 60_000 } });
  try {
    await far.decide(log, 'r', room, { player: 'ann' });
    let broken = 0;
    const breaking = (async () => {
      for (; broken < 15; broken++) {
        await far.logs.statistics(log).catch(() => undefined);
        proxy.reset();
      }
    })();
    const send = (i: number) => far.decide(log, 'r', room, { player: 'ann', points: 1 }, { commandId: `c${i}` });
    let sent = 0;
    while (broken < 15 || sent < 20) {
      const named = { expectedVersion: 'any', commandId: `a${sent}` } as const;
      expect(await far.append(log, 'r', [points('ann', 1)], named)).toMatchObject({ status: 'appended' });
      expect(await send(sent++)).toMatchObject({ status: 'appended' });
    }
    await breaking;
    expect(await keep.fold(log, 'r', room)).toMatchObject({ state: { ann: 2 * sent }, version: 2 * sent + 1 });
  } finally {
    await far.stop();
    await proxy.close();
  }
});

test('an append without a name that lost its answer says that nobody knows, and is not carried out twice', async () => {
  const proxy = await startProxy(url);
  const far = await connect({ url: proxy.url });
  const log = roomLog('nameless', { limits: { patience: 300 } });
  try {
    await far.append(roomLog('nameless'), 'r', [points('ann', 1)], { expectedVersion: 'none' });
    await far.logs.statistics(log);
    proxy.hold();
    await expect(far.append(log, 'r', [points('ann', 1)], { expectedVersion: 'any' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      fields: { reason: 'unknown' },
    });
    proxy.release();
    expect((await keep.read(log, 'r')).version).toBeLessThanOrEqual(2);
  } finally {
    await far.stop();
    await proxy.close();
  }
});

test("a trigger of the host's that refuses an event has that event refused, and was taken for a missing segment", async () => {
  const log = gameLog({}, 'triggered');
  await keep.logs.statistics(log);
  await onDatabase(url, (client) =>
    client.query(`create function refuse() returns trigger language plpgsql as $$ begin
        if new.subject = 'eve' then raise check_violation; end if; return new; end $$;
      create trigger refuse before insert on scorekeep.events_triggered for each row execute function refuse()`),
  );
  expect(await keep.ingest(log, [ended(1, 'ann'), ended(2, 'eve'), ended(3, 'bob')])).toMatchObject([
    { status: 'accepted' },
    { status: 'rejected', reason: { code: 'database', path: '23514' } },
    { status: 'accepted' },
  ]);
  expect((await keep.logs.statistics(log)).segments).toBe(2);
});
