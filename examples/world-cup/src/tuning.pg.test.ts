import { accessToken, ask, type Started, startHost } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { ADMIN_PHONE, REAL_DRAW } from './testing/predict.ts';

// The guide's three numbers, not as they are read but as they work: in the pool, in the slices, in what a worker fetches.
let url: string;
let database: pg.Pool;
let token: string;
const running: Started[] = [];
const start = async (script: string, environment: Readonly<Record<string, string>>): Promise<Started> => {
  const common = { DATABASE_URL: url, OTP_DELIVERY: 'response', ADMIN_PHONES: ADMIN_PHONE, SEED_PREDICTIONS: '2000' };
  const started = await startHost(new URL(script, import.meta.url), { ...common, ...environment });
  running.push(started);
  return started;
};
beforeAll(async () => {
  url = (await testDatabase()).url;
  database = new pg.Pool({ connectionString: url, max: 2 });
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.end('SIGTERM')));
  await database?.end();
});

/** The largest pool that a process tells of. */
async function poolOf({ metrics }: Started): Promise<number> {
  const { body } = await ask(`${metrics}/metrics`);
  const sizes = [...String(body).matchAll(/^db_client_connection_max\{[^}]*\} (\d+)/gm)].map(([, size]) =>
    Number(size),
  );
  return Math.max(...sizes);
}

test('DATABASE_POOL_SIZE is how many connections a process has at most', async () => {
  const app = await start('./main.ts', { WORKERS: '0', DATABASE_POOL_SIZE: '7', PREDICTION_BATCH_SIZE: '100' });
  await expect.poll(() => poolOf(app), { timeout: 60_000 }).toBe(7);
  token = await accessToken(app.url, ADMIN_PHONE);
  expect((await ask(`${app.url}/prediction/admin/statistics`, { token })).body).toMatchObject({ pool: { max: 7 } });
});

test('PREDICTION_BATCH_SIZE is how many predictions are scored in one transaction', async () => {
  const [app] = running;
  const post = (path: string, body?: object) =>
    ask(`${app?.url}/prediction/admin/${path}`, { method: 'POST', token, body });
  await post('close');
  expect((await post('draw', { groups: REAL_DRAW })).status).toBe(200);
  const { body } = await ask(`${app?.url}/prediction/admin/statistics`, { token });
  expect((body as { queues: unknown[] }).queues).toContainEqual(
    expect.objectContaining({ queue: 'slices/draw_points_v1', ready: 2_000 / 100 }),
  );
});

test('RABBITMQ_PREFETCH_COUNT is how many of them a worker fetches at a time', async () => {
  const holding = await database.connect();
  try {
    // Nothing can be scored, so what a worker has fetched stays fetched.
    await holding.query('begin; lock table scorekeep.score_draw_points_v1 in share mode');
    await start('./worker.ts', { RABBITMQ_PREFETCH_COUNT: '5' });
    const fetched = async (): Promise<unknown> =>
      (
        await database.query(
          `select count(*)::int as jobs from scorekeep_jobs.job where name like '%draw_points_v1%' and state = 'active'`,
        )
      ).rows[0];
    await expect.poll(fetched, { timeout: 60_000 }).toEqual({ jobs: 5 });
  } finally {
    await holding.query('commit');
    holding.release();
  }
  const progress = async (): Promise<unknown> => (await ask(`${running[0]?.url}/prediction/progress`)).body;
  await expect
    .poll(progress, { timeout: 60_000 })
    .toMatchObject({ draw: { processed: 2_000, pending: 0, queueDepth: 0 } });
});
