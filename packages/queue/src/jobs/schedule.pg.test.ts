import { expect, test } from 'vitest';
import { connect } from '../connect.ts';
import { type Facts, subscribe } from '../facts.ts';
import { job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, withKeep } from '../testing/with-keep.ts';

test('of what a schedule missed while no process ran, one job is enqueued if it is to catch up, and none if not; one process tells how many they were', async () => {
  await withKeep(async (first, url) => {
    const { rows } = await onDatabase(url, (client) =>
      client.query(`select extract(minute from clock_timestamp() + interval '30 minutes')::int as minute`),
    );
    // Every hour, half an hour from now: nothing is due while the test runs, and three were in the last three hours.
    const cron = `${rows[0].minute} * * * *`;
    const scheduled = (name: string, n: number, catchUp: boolean) =>
      job<{ n: number }>(name, {
        schedule: { cron, tz: 'UTC', catchUp, payload: { n } },
        run: (payload, { tx }) => tx.query(INSERT, [payload.n]),
      });
    const jobs = [scheduled('caught', 1, true), scheduled('missed', 2, false)];
    await first.start({ jobs });
    await first.stop();
    await onDatabase(url, (client) =>
      client.query(`update scorekeep_jobs.version set cron_on = cron_on - interval '3 hours';
        update scorekeep_jobs.schedule set created_on = created_on - interval '5 hours';
        update scorekeep.schedule_watch set seen_at = cron_on from scorekeep_jobs.version`),
    );
    const told: Facts['schedule.missed'][] = [];
    const stop = subscribe('schedule.missed', (fact) => told.push(fact));
    const [second, other] = await Promise.all([connect({ url }), connect({ url })]);
    try {
      await second.start({ jobs });
      await expect.poll(() => effects(url), { timeout: 90_000, interval: 200 }).toEqual([1]);
      await expect.poll(() => told.length, { timeout: 90_000, interval: 200 }).toBeGreaterThan(1);
    } finally {
      await Promise.all([second.stop(), other.stop()]);
      stop();
    }
    expect(told).toEqual([
      { queue: 'jobs/caught', runs: 3, caughtUp: true },
      { queue: 'jobs/missed', runs: 3, caughtUp: false },
    ]);
    // A job without its schedule takes it away.
    const third = await connect({ url });
    try {
      await third.start({ jobs: [job('caught', { run: () => undefined })] });
      const left = await onDatabase(url, (client) => client.query('select name from scorekeep_jobs.schedule'));
      expect(left.rows).toEqual([{ name: 'jobs/missed' }]);
    } finally {
      await third.stop();
    }
  });
});

test('a schedule that is none, or a payload that the job does not take, is refused at the start', async () => {
  await withKeep(async (keep) => {
    const schedule = { cron: 'whenever', payload: {} };
    const wrong = job('wrong', { schedule, run: () => undefined });
    await expect(keep.start({ jobs: [wrong] })).rejects.toThrow('"whenever" in time zone "UTC" is not one');
  });
  await withKeep(async (keep) => {
    const wrong = job('wrong', { schedule: { cron: '0 3 * * *', payload: 1n }, run: () => undefined });
    await expect(keep.start({ jobs: [wrong] })).rejects.toThrow('the payload of its schedule is not_json');
  });
});
