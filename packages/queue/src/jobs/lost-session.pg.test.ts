import { expect, test } from 'vitest';
import { connect, type Job, job } from '../index.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { startProxy } from '../testing/index.ts';
import { drill, inHand } from '../testing/job-drill.ts';
import { end } from '../testing/processes.ts';
import { effects, INSERT, withKeep } from '../testing/with-keep.ts';

/** A job that is dead after one crash, and does not end at its first try until it is let go on. */
function brittle(): { one: Job<{ n: number }>; begun: number[]; goOn: () => void } {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  const one = job<{ n: number }>('one', {
    retry: { limit: 0, crashes: 1 },
    run: async ({ n }, { tx }) => {
      begun.push(n);
      if (begun.length === 1) await gate.promise;
      await tx.query(INSERT, [n]);
    },
  });
  return { one, begun, goOn: () => gate.resolve() };
}

const ask = async (url: string, query: string): Promise<unknown[]> =>
  onDatabase(url, async (client) => (await client.query(query)).rows);

const suspects = (url: string): Promise<unknown[]> => ask(url, 'select crashes, alone from scorekeep.job_suspect');

/** Has the first try under way, and no other begun until the job is resumed. */
async function begin(worker: Keep, { one, begun }: ReturnType<typeof brittle>): Promise<void> {
  await worker.enqueue(one, { n: 1 });
  await worker.start({ jobs: [one] });
  await expect.poll(() => begun, { timeout: 60_000 }).toEqual([1]);
  await worker.pauseJob(one);
}

async function expectDone(url: string, keep: Keep, { one, begun }: ReturnType<typeof brittle>): Promise<void> {
  await keep.resumeJob(one);
  await keep.drain(one);
  expect(await keep.jobStatus(one)).toMatchObject({ dead: 0 });
  expect([await effects(url), begun]).toEqual([[1], [1, 1]]);
}

test('a job that is alone in hand when the server ends all connections of its worker is not counted as a crash', async () => {
  await withKeep(async (keep, url) => {
    const given = brittle();
    await begin(keep, given);
    const [before] = await ask(url, 'select id from scorekeep.job_worker');
    await ask(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name in ('scorekeep', 'scorekeep-control')`,
    );
    given.goOn();
    // Whoever looks for dead workers has been there.
    await expect
      .poll(() => ask(url, 'select id from scorekeep.job_worker'), { timeout: 60_000 })
      .not.toContainEqual(before);
    await expectDone(url, keep, given);
  });
});

test('a job that was counted as a crash while the network of its worker was gone is no suspect once the worker is back', async () => {
  await withKeep(async (keep, url) => {
    const given = brittle();
    const proxy = await startProxy(url);
    const worker = await connect({ url: proxy.url });
    try {
      await keep.start({ jobs: [job('another', { run: () => undefined })] });
      await begin(worker, given);
      proxy.hold();
      proxy.reset();
      await expect.poll(() => suspects(url), { timeout: 60_000 }).toEqual([{ crashes: 1, alone: 1 }]);
      given.goOn();
      proxy.release();
      await expect.poll(() => suspects(url), { timeout: 60_000 }).toEqual([]);
      await expectDone(url, keep, given);
    } finally {
      await worker.stop();
      await proxy.close();
    }
  });
});

test('a worker that dies after it has lost its control session is counted as one that died, once', async () => {
  await drill(async ({ url, enqueue, start }) => {
    await enqueue('set', [{ n: 1, ms: 20_000 }]);
    const victim = await start(['set']);
    await inHand(url);
    const intents = (): Promise<unknown[]> =>
      ask(url, `select worker from scorekeep.job_intent where jobs <> '{}' order by worker`);
    const before = await intents();
    await ask(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'scorekeep-control'`,
    );
    await expect.poll(intents, { timeout: 20_000 }).not.toEqual(before);
    await end(victim, 'SIGKILL');
    await start(['batch']);
    await expect.poll(() => suspects(url), { timeout: 60_000 }).toEqual([{ crashes: 1, alone: 1 }]);
    expect(await intents()).toEqual([]);
  });
});
