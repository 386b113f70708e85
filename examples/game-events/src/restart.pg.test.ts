import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accessToken, ask, type OpsStatus, opsIn } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { launched } from './testing/events.ts';
import { judge } from './verdict.ts';

const ADMIN_PHONE = '+4915100000000';
const folder = mkdtempSync(path.join(tmpdir(), 'game-events-restart-'));
let database: pg.Pool;
let url: string;
let port: number;
let ops: ReturnType<typeof opsIn>;
/** What it has of its own is what every shell has. */
const otherShell = opsIn(folder, { PORT: undefined, DRAIN_MS: undefined });
const status = async (): Promise<OpsStatus> =>
  JSON.parse((await otherShell('npm run ops -- game-events status --json')).output) as OpsStatus;
const pids = ({ app, workers }: OpsStatus): number[] => [app.pid, ...workers.map(({ pid }) => pid)];

beforeAll(async () => {
  ({ url } = await testDatabase());
  database = new pg.Pool({ connectionString: url, max: 2 });
  port = await freePort();
  ops = opsIn(folder, {
    DATABASE_URL: url,
    OTP_DELIVERY: 'response',
    ADMIN_PHONES: ADMIN_PHONE,
    DRAIN_MS: '2000',
    RATE_LIMIT_PER_MINUTE: '1000000',
    PORT: String(port),
  });
});
afterAll(async () => {
  await otherShell('npm run ops -- game-events reset --yes');
  await database.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A free port that no other process is given meanwhile, as those that ask for any port may be. */
async function freePort(): Promise<number> {
  const server = createServer();
  while (!server.listening) {
    server.listen(20_000 + Math.floor(Math.random() * 12_000), '127.0.0.1');
    await once(server, 'listening').catch(() => undefined);
  }
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

test('two `up` at once leave one supervisor, and who comes too late is told so', async () => {
  const both = await Promise.all([1, 2].map(() => ops('npm run ops -- game-events up --workers 2')));
  expect(both).toContainEqual({ code: 0, output: expect.any(String) });
  for (const { code, output } of both.filter((one) => one.code !== 0)) {
    expect({ code, output }).toEqual({
      code: 1,
      output: 'game-events is already going up: another command starts it.\n',
    });
  }
  const { app, workers, well } = await status();
  expect({ well, workers: workers.length, url: app.url }).toEqual({
    well: true,
    workers: 2,
    url: `http://127.0.0.1:${port}`,
  });
  for (const [part, count] of [
    ['app', 1],
    ['worker', 2],
  ] as const) {
    const { output } = await otherShell(`npm run ops -- game-events logs ${part} --lines 1000`);
    expect(output.match(/"event":"ready"/g)).toHaveLength(count);
  }
});

test('an app that comes up after its workers says at its start how many there are', async () => {
  const { output } = await otherShell('npm run ops -- game-events logs app');
  expect(output).toMatch(/📦 {4}Workers: 2, Capacity: ~\d+ events\/second/);
  expect(output).not.toContain('No worker has joined yet');
});

/** Answers that were no 2xx, and errors; and how many answers there were. */
interface Asked {
  readonly failures: string[];
  answers: number;
  /** Resolves when the one that was asked last has answered, and nothing more is asked. */
  ended: Promise<void>;
}

/** Asks again and again, one request after the other, over a connection that is kept or over a new one each time. */
function askOn(
  line: string,
  keepAlive: boolean,
  { signal, body }: { signal: AbortSignal; body?: () => string },
): Asked {
  const agent = new http.Agent({ keepAlive, maxSockets: 1 });
  const [method = '', target = ''] = line.split(' ');
  const asked: Asked = { failures: [], answers: 0, ended: Promise.resolve() };
  const askOnce = (): Promise<void> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/json' };
      const request = http.request({ port, host: '127.0.0.1', agent, method, path: target, headers }, (answer) => {
        if (answer.statusCode !== 200) asked.failures.push(`${line}: ${answer.statusCode}`);
        asked.answers += 1;
        answer.resume().once('end', resolve);
      });
      request.once('error', (error) => {
        asked.failures.push(`${line}: ${error.message}`);
        resolve();
      });
      request.end(body?.());
    });
  asked.ended = (async () => {
    while (!signal.aborted) await askOnce();
    agent.destroy();
  })();
  return asked;
}

test('no request fails while app and workers are restarted, and no event is lost or counted twice', async () => {
  const stop = new AbortController();
  const { signal } = stop;
  let sent = 0;
  const body = (): string => {
    sent += 1;
    return JSON.stringify(launched('ann', { event_id: `restart/${sent}` }));
  };
  const all = [
    askOn('POST /api/events', true, { signal, body }),
    askOn('GET /readyz', false, { signal }),
    askOn('GET /api/events/health', true, { signal }),
    askOn('POST /api/events', false, { signal, body }),
  ];
  const answers = (): number[] => all.map((one) => one.answers);
  const more = async (): Promise<void> => {
    const now = answers();
    await expect.poll(() => answers().every((count, i) => count > (now[i] ?? 0)), { timeout: 280_000 }).toBe(true);
  };
  const before = await status();
  await more();
  expect(await otherShell('npm run ops -- game-events restart')).toMatchObject({ code: 0 });
  await more();
  stop.abort();
  await Promise.all(all.map(({ ended }) => ended));
  expect(all.flatMap(({ failures }) => failures)).toEqual([]);
  const after = await status();
  expect(pids(after).filter((pid) => pids(before).includes(pid))).toEqual([]);
  expect(after).toMatchObject({ well: true, pid: before.pid });
  const truth = { acknowledged: sent, pending: 0, lost: 0, double: 0, wrong: 0 };
  await expect.poll(() => judge(database), { timeout: 280_000 }).toEqual(truth);
});

test('a restart from another shell keeps database, administrators and port', async () => {
  const { app } = await status();
  const token = await accessToken(app.url, ADMIN_PHONE);
  expect((await otherShell('npm run ops -- game-events restart')).code).toBe(0);
  const again = await status();
  expect(again.app.pid).not.toBe(app.pid);
  expect(again.app.url).toBe(`http://127.0.0.1:${port}`);
  expect((await otherShell('npm run -s ops -- game-events url')).output.trim()).toBe(url);
  const clean = { method: 'POST', token, body: { grace_ms: 3_600_000 } };
  expect((await ask(`${again.app.url}/api/events/cleanup`, clean)).status).toBe(200);
  expect((await ask(`${again.app.url}/api/events/stats`)).body).toMatchObject({ queue: { workers: 2 } });
});

test('a restart with a setting that cannot be used says so, and ends nothing', async () => {
  const before = await status();
  expect(await otherShell('DATABASE_POOL_SIZE=none npm run ops -- game-events restart')).toMatchObject({
    code: 1,
    output: expect.stringContaining('The app of game-events did not start'),
  });
  const after = await status();
  expect(after.well).toBe(true);
  expect(pids(after)).toEqual(pids(before));
  // Nor does what comes later have that setting.
  expect((await otherShell('npm run ops -- game-events scale 3')).code).toBe(0);
});

test('an app whose supervisor was killed answers whom it is connected to, and the next `up` starts all anew', async () => {
  const { pid, app } = await status();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = (): Promise<http.IncomingHttpHeaders> =>
    new Promise((resolve, reject) => {
      const request = http.get({ port, host: '127.0.0.1', agent, path: '/readyz' }, (answer) => {
        answer.resume().once('end', () => resolve(answer.headers));
      });
      request.once('error', reject);
    });
  expect(await headers()).toMatchObject({ connection: 'keep-alive' });
  process.kill(pid, 'SIGKILL');
  // The app learns of it at some moment, and goes on until it has told so.
  while ((await headers()).connection !== 'close');
  agent.destroy();
  expect(await ops('npm run ops -- game-events up --workers 1')).toMatchObject({ code: 0 });
  const again = await status();
  expect(again).toMatchObject({ well: true, workers: [{}] });
  expect([again.pid, again.app.pid]).not.toEqual([pid, app.pid]);
});
