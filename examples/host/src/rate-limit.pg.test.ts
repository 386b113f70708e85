import { instrument } from '@scorekeep/observability';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { createApp } from './create-app.ts';
import { limitOverall, limitRequests } from './rate-limit.ts';

type App = Awaited<ReturnType<typeof createApp>>;

const telemetry = instrument();
const pools: pg.Pool[] = [];
const apps: App[] = [];
let url: string;

/** As another process would have it. */
function openPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pools.push(pool);
  return pool;
}

async function openApp(perMinute: number, pool = openPool()): Promise<App> {
  const app = await createApp({ telemetry, limit: await limitRequests(pool, perMinute), trustProxy: true });
  app.get('/', () => ({}));
  apps.push(app);
  return app;
}

/** How many of so many requests from one address were answered with each status; the apps take turns. */
async function ask(among: readonly App[], requests: number, address: string): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  for (let i = 0; i < requests; i++) {
    const headers = { 'x-forwarded-for': address };
    const answer = await among[i % among.length]?.inject({ url: '/', headers });
    const status = answer?.statusCode ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return statuses;
}

/** How many statements about requests a pool was given since it is watched. */
function counted(pool: pg.Pool): () => number {
  const query = vi.spyOn(pool, 'query');
  return () => query.mock.calls.filter(([sent]) => JSON.stringify(sent).includes('request_limit')).length;
}

beforeAll(async () => {
  ({ url } = await testDatabase());
});
beforeEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await Promise.all(pools.map((pool) => pool.end()));
});

test('two apps on one database have one limit between them, and another address has its own', async () => {
  const both = await Promise.all([openApp(10), openApp(10)]);
  expect(await ask(both, 14, '1.1.1.1')).toEqual({ 200: 10, 429: 4 });
  expect(await ask(both, 10, '1.1.1.2')).toEqual({ 200: 10 });
});

test('a refusal says when to ask again, and that it is about the limit', async () => {
  const app = await openApp(1);
  await app.inject({ url: '/' });
  const refused = await app.inject({ url: '/' });
  expect(refused.json()).toMatchObject({ statusCode: 429, code: 'RATE_LIMIT_EXCEEDED' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});

test('a large limit is exceeded by a hundredth for each process at most', async () => {
  const both = await Promise.all([openApp(300), openApp(300)]);
  const { 200: answered = 0 } = await ask(both, 320, '2.2.2.2');
  expect(answered).toBeGreaterThanOrEqual(300);
  expect(answered).toBeLessThanOrEqual(300 + 2 * 3);
});

test('whoever asks rarely costs no statement, and whoever asks often one for each hundredth of the limit', async () => {
  const pool = openPool();
  const app = await openApp(6_000, pool);
  const statements = counted(pool);
  for (let i = 0; i < 50; i++) await ask([app], 1, `3.3.3.${i}`);
  expect(statements()).toBe(0);
  await ask([app], 600, '4.4.4.4');
  expect(statements()).toBe(10);
});

test('whoever is over the limit costs no statement any more', async () => {
  const pool = openPool();
  const app = await openApp(2, pool);
  const statements = counted(pool);
  expect(await ask([app], 20, '5.5.5.5')).toEqual({ 200: 2, 429: 18 });
  expect(statements()).toBe(2);
});

test('while the database is away each process counts by itself', async () => {
  const pool = openPool();
  const app = await openApp(5, pool);
  vi.spyOn(pool, 'query').mockImplementation(() => Promise.reject(new Error('connect ECONNREFUSED')));
  expect(await ask([app], 8, '6.6.6.6')).toEqual({ 200: 5, 429: 3 });
});

test('while the database does not answer, a request does not wait for it', async () => {
  const pool = openPool();
  const app = await openApp(2, pool);
  vi.spyOn(pool, 'query').mockImplementation(() => new Promise(() => undefined));
  expect(await ask([app], 3, '7.7.7.7')).toEqual({ 200: 2, 429: 1 });
});

test('a point that is given back can be taken again, whoever was refused meanwhile', async () => {
  const [single, many] = await Promise.all([
    limitOverall(openPool(), 'single', 1, 60),
    limitOverall(openPool(), 'many', 2, 60),
  ]);
  await single.take('a');
  for (let i = 0; i < 3; i++) await expect(single.take('a')).rejects.toMatchObject({ status: 429 });
  await single.giveBack('a');
  await single.take('a');
  await many.take('a');
  await many.take('a');
  await many.giveBack('a');
  await many.take('a');
  await expect(many.take('a')).rejects.toMatchObject({ status: 429 });
});
