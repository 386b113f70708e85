import { connect } from '@scorekeep/queue';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { startProxy } from '../../queue/src/testing/proxy.ts';
import type { LogLine } from './index.ts';
import { startTelemetry, type Telemetry } from './node/index.ts';

let telemetry: Telemetry | undefined;
let proxy: Awaited<ReturnType<typeof startProxy>> | undefined;
afterEach(async () => {
  await telemetry?.shutdown();
  await proxy?.close();
});

test('a process whose Postgres hangs is not ready but lives, shows no old figure as if it were new, and is ready when it answers', async () => {
  const { keep, ask, scraped, lines } = await observed(1);
  expect(await ask()).toEqual({ '/livez': 200, '/readyz': 200, '/startupz': 200 });
  await expect.poll(async () => STORE.test(await scraped()), PATIENCE).toBe(true);

  proxy?.hold();
  for (let i = 0; i < 3; i++) await telemetry?.health.look();
  expect(await ask()).toEqual({ '/livez': 200, '/readyz': 503, '/startupz': 200 });
  await expect.poll(async () => STORE.test(await scraped()), PATIENCE).toBe(false);
  expect(Number(/^scorekeep_snapshot_age\{.*\} (.*)$/m.exec(await scraped())?.[1])).toBeGreaterThan(3);
  expect(
    lines.filter(({ event, check }) => event === 'health.changed' && check === 'postgres:scorekeep'),
  ).toMatchObject([
    { status: 'warn', was: 'pass', code: 'TimeoutError' },
    { status: 'fail', was: 'warn', code: 'TimeoutError' },
  ]);

  proxy?.release();
  await expect.poll(async () => (await ask())['/readyz'], PATIENCE).toBe(200);
  await expect.poll(async () => STORE.test(await scraped()), PATIENCE).toBe(true);
  await keep.stop();
});

test('a process whose Postgres is gone is not ready but lives, and neither log nor health says where it was', async () => {
  const { keep, ask, lines, password } = await observed(60);
  await proxy?.close();
  proxy = undefined;
  for (let i = 0; i < 3; i++) await telemetry?.health.look();
  expect(await ask()).toEqual({ '/livez': 200, '/readyz': 503, '/startupz': 200 });
  const health = await (await fetch(`${telemetry?.url}/healthz`)).text();
  expect(health).toContain('ECONNREFUSED');
  const emitted = JSON.stringify(lines) + health + (await (await fetch(`${telemetry?.url}/metrics`)).text());
  expect(emitted).toContain('background.error');
  for (const secret of ['127.0.0.1', 'postgres://', password]) expect(emitted).not.toContain(secret);
  await keep.stop().catch(() => undefined);
});

/** A process that works one queue, by a wire that can be broken. */
async function observed(intervalSeconds: number) {
  const { url } = await testDatabase();
  proxy = await startProxy(url);
  const lines: LogLine[] = [];
  const telemetryNow = await startTelemetry({
    service: 'test',
    intervalSeconds,
    prometheus: { port: 0 },
    log: (line) => lines.push(line),
  });
  telemetry = telemetryNow;
  const keep = await connect({ url: proxy.url });
  await keep.start({});
  await telemetryNow.health.look();
  return {
    keep,
    lines,
    // A server that trusts its users has none.
    password: new URL(url).password || 'no password',
    scraped: async () => (await fetch(`${telemetryNow.url}/metrics`)).text(),
    async ask() {
      const paths = ['/livez', '/readyz', '/startupz'] as const;
      const answers = await Promise.all(paths.map((path) => fetch(`${telemetryNow.url}${path}`)));
      return Object.fromEntries(paths.map((path, i) => [path, answers[i]?.status]));
    },
  };
}

const STORE = /^scorekeep_transaction_longest\{/m;
const PATIENCE = { timeout: 60_000, interval: 100 };
