import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { createAdmin } from '../admin/index.ts';
import { connect } from '../connect.ts';
import { ended } from '../log/testing/game.ts';
import { onDatabase } from '../testing/contest.ts';
import { startWorker, supervise } from '../testing/processes.ts';
import type { EventProjection } from './event-projection.ts';
import { lethal } from './testing/lethal.ts';
import { games } from './testing/plays.ts';

const SCRIPT = '../event-projections/testing/lethal-worker.ts';
const POLL = { timeout: 240_000, interval: 100 };

test('an event that ends its process is found by ever smaller steps, put aside alone, tried again and dead-lettered; once mended it is applied once, in its order', {
  timeout: 300_000,
}, async () => {
  const { url } = await testDatabase();
  const keep = await connect({ url, poolSize: 12 });
  try {
    const harmless = lethal(() => undefined);
    const one = harmless as EventProjection;
    const sent = Array.from({ length: 400 }, (_, n) =>
      ended(n, `user-${n % 20}`, { score: n === 213 ? 13 : 20 + (n % 70) }),
    );
    await keep.ingest(games, sent);
    await keep.projections.status(one);
    const scores = async (): Promise<Record<string, readonly number[]>> => {
      const states: Record<string, readonly number[]> = {};
      for (let user = 0; user < 20; user++) {
        states[`user-${user}`] = (await keep.projections.state(harmless, `user-${user}`))?.scores ?? [];
      }
      return states;
    };
    const all = Object.groupBy(
      sent.map(({ data }) => data as { user_id: string; score: number }),
      ({ user_id }) => user_id,
    );
    const expected = (upTo: (own: number[]) => number[]): Record<string, number[]> =>
      Object.fromEntries(Object.entries(all).map(([user, own = []]) => [user, upTo(own.map(({ score }) => score))]));
    const letters = createAdmin(keep, { authorize: () => true }).deadLetters(one, 'ann');
    const dead = async (): Promise<unknown> => {
      // Retries come when they are due; the test does not wait for that.
      await onDatabase(url, (client) =>
        client.query(`update scorekeep_jobs.job set start_after = now() where state = 'retry'`),
      );
      return (await letters.list()).map(({ reason, attempts }) => [reason, attempts]);
    };
    const supervised = supervise(() => startWorker({ DRILL_URL: url }, SCRIPT));
    try {
      await expect.poll(dead, POLL).toEqual([['WORKER_LOST', 4]]);
      await expect.poll(async () => (await keep.projections.status(one)).behind, POLL).toBe(0);
      expect((await keep.projections.status(one)).errors).toEqual({ WORKER_LOST: 1 });
    } finally {
      await supervised.stop();
    }
    expect(await scores()).toEqual(expected((own) => (own.includes(13) ? own.slice(0, own.indexOf(13)) : own)));

    await keep.start({ projections: [one] });
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await expect.poll(async () => (await keep.projections.status(one)).parked, POLL).toBe(0);
    expect(await scores()).toEqual(expected((own) => own));
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        'select (select count(*) from scorekeep.step_intent)::int as intents, (select count(step)::int from scorekeep.log_consumer) as narrowed',
      ),
    );
    expect(rows).toEqual([{ intents: 0, narrowed: 0 }]);
  } finally {
    await keep.stop();
  }
});
