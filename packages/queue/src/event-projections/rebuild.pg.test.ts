import type pg from 'pg';
import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import type { Keep } from '../keep.ts';
import { ended, gameLog } from '../log/testing/game.ts';
import { points, roomLog } from '../log/testing/room.ts';
import type { Sql } from '../postgres/sql.ts';
import { projection } from '../projections/projection.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { EventProjection } from './event-projection.ts';
import { games, playFold, playsBy } from './testing/plays.ts';

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
      await expect.poll(async () => (await keep.projections.status(play)).behind, { timeout: 240_000 }).toBe(0);
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
    // The one that was refused can be caught up and put live after all.
    expect(await keep.projections.switchTo(play, 2)).toMatchObject({ build: 2, swapped: true });
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

/** A build that a rebuild has made and not brought forward, as a death at once leaves it. */
const cutOff = (keep: Keep, one: EventProjection): Promise<void> =>
  expect(keep.projections.rebuild(one, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');

/** Waits until this many sessions of the database wait for a lock, or until there is nothing to wait for. */
const waiting = (client: pg.Client, count: number, orElse: () => boolean): Promise<void> =>
  expect
    .poll(
      async () => {
        // Within a transaction it is what it was when it was first looked at.
        await client.query('select pg_stat_clear_snapshot()');
        const { rows } = await client.query(
          `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0]?.n === count || orElse();
      },
      { timeout: 60_000 },
    )
    .toBe(true);

test('a second rebuild does not put the half-filled build of the first live, and boards count no event twice', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    const overall = board('overall', { of: play, by: 'total' });
    await keep.top(overall);
    await keep.ingest(games, some(0, 200));
    await keep.projections.catchUp(play);
    await cutOff(keep, play);
    const both = await onDatabase(url, async (client) => {
      // A step can read the table of the new build and not write to it.
      await client.query('begin; lock table scorekeep.projection_play_v1_2 in share row exclusive mode');
      let settled = false;
      const first = keep.projections.rebuild(play);
      first.catch(() => undefined);
      await waiting(client, 1, () => false);
      const second = keep.projections.rebuild(play).finally(() => {
        settled = true;
      });
      second.catch(() => undefined);
      await waiting(client, 2, () => settled);
      await client.query('commit');
      return Promise.allSettled([first, second]);
    });
    expect(both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))).toEqual([
      { build: 2, before: 1, differences: { subjects: 0, examples: [] }, swapped: true },
    ]);
    expect(both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))).toMatchObject([
      { code: 'DEFINITION_INVALID', message: expect.stringContaining('Another call has changed') },
    ]);
    await keep.ingest(games, some(200, 210));
    await keep.projections.catchUp(play);
    for (const { subject, points } of await keep.top(overall)) {
      expect(await keep.projections.state(play, subject), subject).toMatchObject({ total: points });
    }
    expect(await keep.projections.state(play, 'user-0')).toMatchObject({ games: 31 });
  });
});

test('two rebuilds that begin at once make one build, and neither is refused for the number of it', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 20));
    await keep.projections.catchUp(play);
    const both = await onDatabase(url, async (client) => {
      await client.query('begin; lock table scorekeep.projection_build in share mode');
      const rebuilds = [keep.projections.rebuild(play), keep.projections.rebuild(play)];
      const settled = Promise.allSettled(rebuilds);
      await waiting(client, 2, () => false);
      await client.query('commit');
      return settled;
    });
    const codes = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(codes.filter((code) => code !== 'DEFINITION_INVALID')).toEqual([]);
    expect(codes.length).toBeLessThan(2);
  });
});

test('a build that another process holds behind is not put live, and the next rebuild goes on with it', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 100));
    await keep.projections.catchUp(play);
    await cutOff(keep, play);
    await onDatabase(url, async (client) => {
      await client.query(
        `begin; select from scorekeep.log_consumer where consumer = 'projection:play_v1:2' for update`,
      );
      await expect(keep.projections.rebuild(play)).rejects.toMatchObject({ code: 'NOT_READY', fields: { build: 2 } });
      await client.query('commit');
    });
    expect(await keep.projections.status(play)).toMatchObject({ build: 1 });
    expect(await keep.projections.rebuild(play)).toMatchObject({
      build: 2,
      swapped: true,
      differences: { subjects: 0 },
    });
  });
});

test('a rebuild folds anew with the function as it is now, though a build was switched away from or refused before; one that was cut off goes on', async () => {
  await withKeep(async (keep) => {
    let worth = 1;
    const counted = projection<number>('counted', { from: games, fold: { initial: 0, step: (n) => n + worth } });
    const all = { subjects: 7 };
    await keep.ingest(games, some(0, 70));
    await keep.projections.catchUp(counted);
    worth = 100;
    expect(await keep.projections.rebuild(counted)).toMatchObject({ build: 2, swapped: true, differences: all });
    await keep.projections.switchTo(counted, 1);
    worth = 2;
    expect(await keep.projections.rebuild(counted)).toMatchObject({ build: 3, swapped: true, differences: all });
    expect(await keep.projections.state(counted, 'user-0')).toBe(20);

    worth = 300;
    const refused = await keep.projections.rebuild(counted, { swapIf: () => false });
    expect(refused).toMatchObject({ build: 4, swapped: false, differences: all });
    worth = 3;
    expect(await keep.projections.rebuild(counted)).toMatchObject({ build: 5, swapped: true, differences: all });
    expect(await keep.projections.state(counted, 'user-0')).toBe(30);

    await cutOff(keep, counted as EventProjection);
    expect(await keep.projections.rebuild(counted)).toMatchObject({ build: 6, differences: { subjects: 0 } });
  });
});

test('a rebuild with small batches held the steps of the live build while it folded nearly the whole log', async () => {
  await withKeep(async (keep, url) => {
    const play = projection('play', { from: games, fold: playFold, paths: { at: 'time' }, batch: 10 });
    await keep.ingest(games, some(0, 2500));
    await keep.projections.catchUp(play);
    await onDatabase(url, async (client) => {
      await client.query(
        `begin; select pg_advisory_xact_lock_shared(${PROJECTION_LOCK}, id) from scorekeep.projection where name = 'play'`,
      );
      const rebuilt = keep.projections.rebuild(play);
      // For this lock the steps wait, too, from when it has been asked for.
      await waiting(client, 1, () => false);
      const { rows } = await client.query(
        `select 2500 - sum(at)::int as behind from scorekeep.log_consumer where consumer = 'projection:play_v1:2'`,
      );
      expect(rows[0].behind).toBeLessThan(1000);
      await client.query('commit');
      expect(await rebuilt).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    });
  });
});

test('what a transaction that began before a time appended after it brought events of after that time into the state at it', async () => {
  await withKeep(async (keep, url) => {
    const log = roomLog('rooms');
    const counted = projection<number>('counted', { from: log, fold: { initial: 0, step: (n) => n + 1 } });
    const append = (tx?: Sql) =>
      keep.append(log, 'r', [points('ann', 1)], { expectedVersion: 'any', ...(tx === undefined ? {} : { tx }) });
    await append();
    await onDatabase(url, async (client) => {
      await client.query('begin');
      const { rows } = await client.query<{ time: Date }>('select clock_timestamp() as time, pg_sleep(0.002)');
      const time = new Date((rows[0]?.time.getTime() ?? 0) + 1);
      await append();
      await append(client);
      await client.query('commit');
      await keep.projections.catchUp(counted);
      const { examples } = await keep.projections.diff(counted, await keep.projections.rebuildAt(counted, time));
      expect(examples).toEqual([{ subject: 'r', before: { state: 1 }, after: { state: 3 } }]);
    });
  });
});

test('a rebuild at a time beside a rebuild was refused for the number of its build, or the other was', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 20));
    await keep.projections.catchUp(play);
    const numbers = await onDatabase(url, async (client) => {
      await client.query('begin; lock table scorekeep.projection_build in share mode');
      const rebuilt = keep.projections.rebuild(play).then(({ build }) => build);
      const settled = Promise.all([keep.projections.rebuildAt(play, new Date()), rebuilt]);
      settled.catch(() => undefined);
      await waiting(client, 2, () => false);
      await client.query('commit');
      return settled;
    });
    expect(numbers.toSorted()).toEqual([2, 3]);
  });
});

test('a rebuild resumed a projection that was paused', async () => {
  await withKeep(async (keep) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 20));
    await keep.projections.catchUp(play);
    await keep.projections.pause(play);
    expect(await keep.projections.rebuild(play)).toMatchObject({ swapped: true });
    expect(await keep.projections.status(play)).toMatchObject({ build: 2, paused: true });
    await keep.projections.switchTo(play, 1);
    expect(await keep.projections.status(play)).toMatchObject({ build: 1, paused: true });
    await keep.ingest(games, some(20, 30));
    expect(await keep.projections.catchUp(play)).toBe(0);
    expect(await keep.projections.resume(play)).toBe(true);
    expect(await keep.projections.catchUp(play)).toBe(10);
  });
});

test('a rebuild that began while a segment was pruned put a state without its events live', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    await keep.ingest(games, some(0, 20));
    await keep.projections.catchUp(play);
    await onDatabase(url, async (client) => {
      // As prune does, with the events of the segment.
      await client.query(
        `begin; lock table scorekeep.log_consumer, scorekeep.parked_event, scorekeep.snapshot in share row exclusive mode;
         alter table scorekeep.events_game detach partition scorekeep.events_game_0;
         update scorekeep.segment set detached_at = clock_timestamp() where number = 0`,
      );
      const rebuilt = keep.projections.rebuild(play);
      rebuilt.catch(() => undefined);
      await waiting(client, 1, () => false);
      await client.query('commit');
      await expect(rebuilt).rejects.toMatchObject({ code: 'EVENTS_PRUNED' });
    });
    expect((await keep.projections.builds(play)).map(({ number }) => number)).toEqual([1]);
  });
});

test('segments that were attached again, as the error says, were taken for pruned all the same', async () => {
  await withKeep(async (keep, url) => {
    const log = gameLog({ segmentSize: 10, retain: '1 hour' });
    const counted = projection<number>('counted', { from: log, fold: { initial: 0, step: (n) => n + 1 } });
    const query = (text: string) => onDatabase(url, (client) => client.query(text));
    await keep.ingest(
      log,
      Array.from({ length: 300 }, (_, i) => ended(i)),
    );
    await query(`update scorekeep.events_game set recorded_at = recorded_at - interval '2 hours'`);
    await keep.projections.catchUp(counted);
    const prune = async () => (await keep.logs.prune(log)).segments.filter(({ detached }) => detached);
    const pruned = await prune();
    expect(pruned.map(({ number }) => number)).toContain(0);
    const { types } = await keep.logs.statistics(log);
    await expect(keep.projections.rebuild(counted)).rejects.toMatchObject({ code: 'EVENTS_PRUNED' });
    for (const { table, number } of pruned)
      await query(
        `alter table scorekeep.events_game attach partition ${table} for values from (${number * 10 + 1}) to (${number * 10 + 11})`,
      );
    expect((await keep.logs.statistics(log)).types).not.toEqual(types);
    expect(await keep.projections.rebuild(counted)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    await keep.projections.dropBuild(counted, 1);
    expect(await prune()).toMatchObject(pruned.map(({ number }) => ({ number })));
  });
});

test('after a part of the log was pruned, boards lost its points when a build was switched to that had not applied the same', async () => {
  await withKeep(async (keep, url) => {
    const log = gameLog({ segmentSize: 10, retain: '1 hour' });
    const play = projection('play', { from: log, fold: playFold, paths: { at: 'time' } });
    const overall = board('overall', { of: play, by: 'total' });
    const query = (text: string) => onDatabase(url, (client) => client.query(text));
    await keep.top(overall);
    await query('alter table scorekeep.projection_play_v1_1 add check (total < 100000)');
    await keep.ingest(
      log,
      Array.from({ length: 300 }, (_, i) => ended(i)),
    );
    await keep.ingest(log, ended(300, 'bob', { score: 200_000, seconds: 1e9 }));
    await keep.projections.catchUp(play);
    await keep.projections.rebuild(play);
    const before = await keep.top(overall, { limit: 100 });
    expect(before.map(({ subject }) => subject)).toContain('bob');
    await query(`update scorekeep.events_game set recorded_at = recorded_at - interval '2 hours'`);
    expect((await keep.logs.prune(log)).segments.filter(({ detached }) => detached)).not.toEqual([]);
    await expect(keep.projections.switchTo(play, 1)).rejects.toMatchObject({ code: 'EVENTS_PRUNED' });
    expect(await keep.top(overall, { limit: 100 })).toEqual(before);
    expect(await keep.projections.status(play)).toMatchObject({ build: 2 });
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
