import { once } from 'node:events';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Backend, Projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { end, startWorker } from '../testing/processes.ts';
import { arcade, correctRound, createArcade, paidWeekly } from './testing/arcade.ts';
import { recount, wrongBuckets } from './testing/recount.ts';

test.each(['sql', 'js'] as const)(
  'boards and histograms with the %s back end equal a recount after corrections, exclusions and kill -9, all at once',
  { timeout: 600_000 },
  async (backend: Backend) => {
    const { url } = await testDatabase();
    await createArcade(url, { players: 1200, runs: 4, rounds: 12 });
    const { runs, boards } = arcade(backend);
    const keep = await connect({ url, batchSize: 400 });
    for (const board of boards) await keep.top(board);
    const environment = { DRILL_URL: url, DRILL_HOST: 'arcade', DRILL_BACKEND: backend, DRILL_BATCH_SIZE: '400' };
    const victims = await Promise.all(
      ['slice.written#2', 'slice.committed#3', 'slice.written#9'].map((at) =>
        startWorker({ ...environment, DRILL_KILL_AT: at }),
      ),
    );
    const killed = victims.map(
      (victim) => new Promise((resolve) => victim.once('exit', (_, signal) => resolve(signal))),
    );
    const started = [await keep.run(runs)];
    const survivors = await Promise.all([startWorker(environment), startWorker(environment)]);
    try {
      const { rows } = await onDatabase(url, (client) =>
        client.query<{ player: string }>('select distinct player::text from play order by 1 limit 12'),
      );
      const referee = async (mine: readonly number[]): Promise<void> => {
        for (const i of mine) {
          const round = ((i * 5) % 12) + 1;
          started.push(
            await keep.transaction(async (tx) => {
              await tx.query(correctRound, [round, i % 5]);
              return keep.run(runs, { where: { round }, tx });
            }),
          );
        }
      };
      const sheriff = async (): Promise<void> => {
        for (const [i, { player }] of rows.entries()) {
          for (const board of boards) await keep.exclude(board, player, { by: 'drill', reason: 'drill' });
          if (i % 2 === 0) for (const board of boards) await keep.readmit(board, player, { by: 'drill' });
        }
      };
      const players = async (): Promise<void> => {
        for (let i = 0; i < 6; i++) {
          await onDatabase(url, (client) =>
            client.query(
              `insert into play select distinct player, 100 + $1::int, $1 % 12 + 1, $1 * 3, $1, 1, timestamptz '2026-03-10' + $1 * interval '60 hours' from play where player < 'c0000000-0000-0000-0000-000000000000'`,
              [i],
            ),
          );
          started.push(await keep.run(runs));
        }
      };
      await Promise.all([referee([1, 3, 5, 7, 9]), referee([2, 4, 6, 8, 10]), sheriff(), players()]);
      for (const run of started) await keep.finished(run, { signal: AbortSignal.timeout(300_000) });
      await keep.finished(await keep.run(runs), { signal: AbortSignal.timeout(300_000) });
      expect(await Promise.all(killed)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
      for (const board of boards) {
        const lines = await recount(url, board);
        for (const [window, entries] of Object.entries(lines)) {
          expect(await keep.top(board, { window, limit: 10_000 }), `${board.name} ${window}`).toEqual(entries);
        }
        expect(await wrongBuckets(url, board), board.name).toEqual([]);
      }
      // The drill is one of histograms only if there are buckets.
      expect(
        await onDatabase(url, async (client) => (await client.query('select 1 from scorekeep.bucket')).rows.length),
      ).toBeGreaterThan(3);
    } finally {
      await Promise.all(survivors.map((worker) => end(worker, 'SIGTERM')));
      await keep.stop();
    }
  },
);

test('a worker killed in the middle of closing a window has paid nobody; the next pays everybody once', async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 30, runs: 12, rounds: 12 });
  const keep = await connect({ url });
  const weekly = paidWeekly(arcade().runs);
  await keep.top(weekly);
  await keep.run(weekly.of as Projection, { inline: true });
  const payments = () =>
    onDatabase(
      url,
      async (client) => (await client.query('select window_key, subject from payment order by 1, 2')).rows,
    );
  const environment = { DRILL_URL: url, DRILL_HOST: 'arcade' };
  // It may have closed a window, and died of it, before it could say that it serves.
  const death = await startWorker({ ...environment, DRILL_CLOSING: 'kill' }).then(
    (victim) => victim.signalCode ?? once(victim, 'exit').then(([, signal]) => signal),
    (error: Error) => /SIGKILL$/.exec(error.message)?.[0],
  );
  expect(death).toBe('SIGKILL');
  expect(await payments()).toEqual([]);
  const worker = await startWorker({ ...environment, DRILL_CLOSING: 'pay' });
  try {
    const expected = Object.entries(await recount(url, weekly))
      .flatMap(([window_key, entries]) => entries.map(({ subject }) => ({ window_key, subject })))
      .toSorted((a, b) => (a.window_key + a.subject < b.window_key + b.subject ? -1 : 1));
    await expect.poll(payments, { timeout: 60_000 }).toEqual(expected);
  } finally {
    await end(worker, 'SIGTERM');
    await keep.stop();
  }
});
