import { expect, test } from 'vitest';
import { connect } from '../connect.ts';
import { type Facts, subscribe } from '../facts.ts';
import { job } from '../index.ts';
import { onDatabase } from '../testing/contest.ts';
import { effects, INSERT, withKeep } from '../testing/with-keep.ts';

test('of what a schedule missed while no process ran, one job is enqueued if it is to catch up, and none if not; one process tells how many they were', async () => {
  await withKeep(async (first, url) => {
    const { rows } = await onDatabase(url, (client) =>
      client.query(`select extract(minute from clock_timestamp() + interval '30 minutes')::int as minute,
        to_char((clock_timestamp() - interval '2 hours') at time zone 'Asia/Kathmandu', 'FMMI FMHH24') as there`),
    );
    // Every hour, half an hour from now: nothing is due while the test runs, and three were in the last three hours.
    const cron = `${rows[0].minute} * * * *`;
    const caught = job<{ n: number }>('caught', {
      schedule: { cron, catchUp: true, payload: { n: 1 } },
      priority: 7,
      mode: 'claimed',
      policy: 'key_strict_fifo',
      key: ({ n }) => `room ${n}`,
      group: { by: ({ n }) => `group ${n}`, limit: 1 },
      run: ({ n }, { onSettle }) => onSettle((tx) => tx.query(INSERT, [n])),
    });
    const missed = (name: string, schedule: { cron: string; tz: string }) =>
      job(name, { schedule: { ...schedule, payload: {} }, run: (_, { tx }) => tx.query(INSERT, [2]) });
    // Once a day, two hours ago where they are five and three quarters ahead: in UTC it would be in four hours.
    const zoned = { cron: `${rows[0].there} * * *`, tz: 'Asia/Kathmandu' };
    const jobs = [caught, missed('missed', { cron, tz: 'UTC' }), missed('zoned', zoned)];
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
      await expect.poll(() => told.length, { timeout: 90_000, interval: 200 }).toBeGreaterThan(2);
    } finally {
      await Promise.all([second.stop(), other.stop()]);
      stop();
    }
    expect(told).toEqual([
      { queue: 'jobs/caught', runs: 3, caughtUp: true },
      { queue: 'jobs/missed', runs: 3, caughtUp: false },
      { queue: 'jobs/zoned', runs: 1, caughtUp: false },
    ]);
    const made = await onDatabase(url, (client) =>
      client.query(`select priority, singleton_key, group_id from scorekeep_jobs.job where name = 'jobs/caught'`),
    );
    expect(made.rows).toEqual([{ priority: 7, singleton_key: 'room 1', group_id: 'group 1' }]);
    // A job without its schedule takes it away.
    const third = await connect({ url });
    try {
      await third.start({
        jobs: [job('caught', { mode: 'claimed', policy: 'key_strict_fifo', key: () => 'a', run: () => undefined })],
      });
      const left = await onDatabase(url, (client) =>
        client.query('select name from scorekeep_jobs.schedule order by name'),
      );
      expect(left.rows).toEqual([{ name: 'jobs/missed' }, { name: 'jobs/zoned' }]);
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
