import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import { ended } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import { games, playsBy } from './testing/plays.ts';

const some = (from: number, to: number): unknown[] =>
  Array.from({ length: to - from }, (_, i) => ended(from + i, `user-${i % 7}`));

test.each(['sql', 'js'] as const)(
  'with the %s back end a rebuild equals what is live, while events come',
  async (backend) => {
    await withKeep(async (keep) => {
      const play = playsBy(backend);
      await keep.ingest(games, some(0, 200));
      await keep.start({ projections: [play], workers: 2 });
      const ingesting = (async () => {
        for (let i = 0; i < 20; i++) await keep.ingest(games, some(200 + i * 10, 210 + i * 10));
      })();
      const rebuilt = await keep.projections.rebuild(play);
      expect(rebuilt).toEqual({ build: 2, before: 1, differences: { subjects: 0, examples: [] }, swapped: true });
      await ingesting;
      await expect.poll(async () => (await keep.projections.status(play)).behind, { timeout: 60_000 }).toBe(0);
      expect(await keep.projections.status(play)).toMatchObject({ build: 2, passed: 400 });
      expect((await keep.projections.switchTo(play, 1)).differences.subjects).toBe(0);
      expect(await keep.projections.state(play, 'user-0')).toMatchObject({ games: 69 });
    });
  },
);

test('a rebuild finds what was spoilt, puts it right, keeps the old build to go back to, and can be refused', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 100));
    await keep.projections.catchUp(play);
    const right = await keep.projections.state(play, 'user-3');
    await onDatabase(url, (client) =>
      client.query(`update scorekeep.projection_play_v1_1 set total = total + 1 where subject = 'user-3'`),
    );
    const seen = await keep.projections.rebuild(play, { swapIf: ({ subjects }) => subjects === 0 });
    expect(seen).toMatchObject({
      build: 2,
      swapped: false,
      differences: { subjects: 1, examples: [{ subject: 'user-3' }] },
    });
    expect(await keep.projections.state(play, 'user-3')).not.toEqual(right);
    // The one that was refused is caught up and tried again.
    expect(await keep.projections.rebuild(play)).toMatchObject({ build: 2, swapped: true });
    expect(await keep.projections.state(play, 'user-3')).toEqual(right);
    expect(await keep.projections.switchTo(play, 1)).toMatchObject({ build: 1, before: 2, swapped: true });
    expect(await keep.projections.state(play, 'user-3')).not.toEqual(right);
    await expect(keep.projections.dropBuild(play, 1)).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    await keep.projections.switchTo(play, 2);
    await keep.projections.dropBuild(play, 1);
    expect((await keep.projections.builds(play)).map(({ number, live }) => [number, live])).toEqual([[2, true]]);
    await expect(keep.projections.switchTo(play, 1)).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
  });
});

test('the state at an earlier time is rebuilt and compared with the one now', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 70));
    const { rows } = await onDatabase(url, (client) => client.query<{ now: Date }>('select clock_timestamp() as now'));
    // A time of JavaScript has milliseconds: the next event is to be recorded in a later one.
    await onDatabase(url, (client) => client.query('select pg_sleep(0.002)'));
    await keep.ingest(games, [ended(500, 'user-1', { score: 1000, seconds: 1e9 })]);
    await keep.projections.catchUp(play);
    const now = await keep.projections.state(play, 'user-1');
    const before = await keep.projections.rebuildAt(play, new Date((rows[0]?.now.getTime() ?? 0) + 1));
    const { subjects, examples } = await keep.projections.diff(play, before);
    expect(subjects).toBe(1);
    expect(examples).toMatchObject([{ subject: 'user-1', before: { games: 10 }, after: { games: 11 } }]);
    expect(await keep.projections.state(play, 'user-1')).toEqual(now);
    await expect(keep.projections.switchTo(play, before)).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
  });
});

test('after a rebuild that applies what the old build had put aside, the boards have it too', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    const overall = board('overall', { of: play, by: 'total' });
    await keep.top(overall);
    await onDatabase(url, (client) =>
      client.query('alter table scorekeep.projection_play_v1_1 add check (total < 1000)'),
    );
    await keep.ingest(games, [
      ended(1, 'ann', { score: 5 }),
      ended(2, 'bob', { score: 2000, seconds: 1e9 }),
      ended(3, 'cid', { score: 7 }),
    ]);
    await keep.projections.catchUp(play);
    expect(await keep.projections.status(play)).toMatchObject({ parked: 1, errors: { 23514: 1 } });
    const names = async (): Promise<string[]> => (await keep.top(overall)).map(({ subject }) => subject);
    expect(await names()).toEqual(['cid', 'ann']);
    await keep.projections.rebuild(play);
    expect(await names()).toEqual(['bob', 'cid', 'ann']);
    expect(await keep.projections.status(play)).toMatchObject({ parked: 0 });
  });
});

test('a name and version that meant another fold is refused', async () => {
  await withKeep(async (keep) => {
    const play = playsBy('sql');
    await keep.projections.status(play);
    // The back end is no part of what is folded.
    await keep.projections.status(playsBy('js'));
    const other = projection('play', { from: games, fold: { initial: 0, step: (n: number) => n + 1 } });
    await expect(keep.projections.status(other)).rejects.toMatchObject({ code: 'PROJECTION_CHANGED' });
  });
});
