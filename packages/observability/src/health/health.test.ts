import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { instrument } from '../instrument.ts';
import type { Check } from './check.ts';
import { createHealth, type Health, type HealthOptions } from './health.ts';
import { readProbe, writeHealth } from './probe.ts';

const opened: Health[] = [];
afterEach(() => {
  for (const health of opened.splice(0)) health.stop();
  vi.useRealTimers();
});

/** Health with checks that are only looked at when the test says so. */
function healthOf(
  checks: readonly Check[],
  more: HealthOptions & { loopAgeMs?: number; connected?: () => boolean } = {},
) {
  const changes: string[] = [];
  const health = createHealth(
    { checks: checks.map((check) => ({ everyMs: 60_000, ...check })), ...more },
    more.connected ?? (() => true),
    () => more.loopAgeMs,
    (state, was) => changes.push(`${state.name}: ${was} to ${state.status}`),
  );
  opened.push(health);
  const get = async (pathname: string, init?: RequestInit) => {
    const response = health.handle(new Request(`http://localhost${pathname}`, init));
    const text = await response?.text();
    return { status: response?.status, body: text ? JSON.parse(text) : undefined, headers: response?.headers };
  };
  return { health, get, changes };
}

const failing = (code = 'ECONNREFUSED'): Error =>
  Object.assign(new Error('postgres://ann:hunter2@db refused'), { code });

test('a process is started and ready once its required checks pass, and not before', async () => {
  const { health, get } = healthOf([{ name: 'postgres', required: true, run: () => ({ value: 3, unit: 'ms' }) }]);
  expect((await get('/startupz')).status).toBe(503);
  expect((await get('/livez')).status).toBe(200);
  await health.look();
  for (const pathname of ['/startupz', '/readyz', '/livez'])
    expect(await get(pathname)).toMatchObject({ status: 200, body: { status: 'pass' } });
  const { headers } = await get('/readyz');
  expect(headers?.get('content-type')).toBe('application/health+json');
  expect(headers?.get('cache-control')).toBe('no-store');
});

test('without a connection to the pipeline it is neither', async () => {
  const { health, get } = healthOf([], { connected: () => false });
  await health.look();
  expect([(await get('/startupz')).status, (await get('/readyz')).status, (await get('/livez')).status]).toEqual([
    503, 503, 200,
  ]);
});

test('a required check that is worth a look from the beginning keeps no process from coming up, one that fails does', async () => {
  let status: 'warn' | 'fail' = 'fail';
  const { health, get } = healthOf([{ name: 'cache', required: true, run: () => ({ status }) }]);
  await health.look();
  expect((await get('/startupz')).status).toBe(503);
  status = 'warn';
  await health.look();
  expect([(await get('/startupz')).status, (await get('/readyz')).status]).toEqual([200, 200]);
  expect(health.report().status).toBe('warn');
});

test('a required check has to fail three times in a row to make it not ready, and pass once to make it ready', async () => {
  let well = true;
  const { health, get, changes } = healthOf([
    { name: 'postgres', required: true, run: () => (well ? undefined : Promise.reject(failing())) },
  ]);
  await health.look();
  well = false;
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    await health.look();
    statuses.push((await get('/readyz')).status);
  }
  expect(statuses).toEqual([200, 200, 503]);
  expect((await get('/livez')).status).toBe(200);
  expect(health.report()).toMatchObject({ status: 'fail', started: true, checks: [{ code: 'ECONNREFUSED' }] });
  well = true;
  await health.look();
  expect((await get('/readyz')).status).toBe(200);
  expect(changes).toEqual(['postgres: pass to warn', 'postgres: warn to fail', 'postgres: fail to pass']);
});

test('an optional check never makes it not ready, and the report says what it found without any text of an error', async () => {
  const { health, get } = healthOf([{ name: 'odds', run: () => Promise.reject(failing()) }], {
    version: '1.2.3',
    serviceId: 'pod-7',
  });
  for (let i = 0; i < 4; i++) await health.look();
  expect((await get('/readyz')).status).toBe(200);
  const { status, body } = await get('/healthz');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'warn',
    version: '1.2.3',
    serviceId: 'pod-7',
    checks: { odds: [{ status: 'fail', required: false, output: 'ECONNREFUSED', componentType: 'component' }] },
  });
  expect(JSON.stringify(body)).not.toContain('hunter2');
  expect((await get('/healthz?strict')).status).toBe(200);
});

test('a check that does not come back is given up, and one request or a thousand look no more often', async () => {
  let looks = 0;
  let aborted = false;
  const run = (signal: AbortSignal): Promise<undefined> => {
    looks += 1;
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return new Promise(() => undefined);
  };
  const { health, get } = healthOf([{ name: 'slow', run, timeoutMs: 5 }]);
  const look = health.look();
  for (let i = 0; i < 1_000; i++) await get('/healthz');
  await look;
  expect([looks, aborted]).toEqual([1, true]);
  expect(health.report().checks).toMatchObject([{ status: 'warn', code: 'TimeoutError' }]);
});

test('a check that has not been looked at for three intervals counts as failed, whatever it said', async () => {
  const { health } = healthOf([{ name: 'postgres', required: true, run: () => undefined }]);
  await health.look();
  expect(health.report().status).toBe('pass');
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3 * 60_000 + 2_001);
  expect(health.report()).toMatchObject({ status: 'fail', ready: false });
  vi.restoreAllMocks();
});

test('a process that drains is not ready but live; one whose loop is stuck, or that met something fatal, is not live', async () => {
  const draining = healthOf([{ name: 'postgres', required: true, run: () => undefined }]);
  await draining.health.look();
  await draining.health.drain({ waitMs: 0 });
  expect([(await draining.get('/readyz')).status, (await draining.get('/livez')).status]).toEqual([503, 200]);
  expect((await healthOf([], { loopAgeMs: 60_001 }).get('/livez')).status).toBe(503);
  expect((await healthOf([], { loopAgeMs: 59_000 }).get('/livez')).status).toBe(200);
  const dead = healthOf([]);
  dead.health.fatal();
  expect((await dead.get('/livez')).status).toBe(503);
});

test('HEAD has no body, other methods are refused, other paths are left to the host', async () => {
  const { get, health } = healthOf([]);
  expect(await get('/livez', { method: 'HEAD' })).toMatchObject({ status: 200, body: undefined });
  const refused = await get('/livez', { method: 'POST' });
  expect([refused.status, refused.headers?.get('allow')]).toEqual([405, 'GET, HEAD']);
  for (const other of ['/', '/constructor', '/livez/'])
    expect(health.handle(new Request(`http://localhost${other}`))).toBeUndefined();
});

test('a host answers in the words of its guide', async () => {
  const { health } = healthOf([{ name: 'postgres:scorekeep', required: true, run: () => undefined }], {
    version: '1.0.0',
  });
  await health.look();
  const word = { pass: 'healthy', warn: 'healthy', fail: 'unhealthy' } as const;
  const response = health.handle(new Request('http://localhost/api/health'), {
    '/api/health': (report) => ({
      ok: report.status !== 'fail',
      body: {
        status: word[report.status],
        timestamp: report.time,
        services: {
          database: word[report.checks.find((check) => check.name.startsWith('postgres'))?.status ?? 'fail'],
        },
        version: report.version,
      },
    }),
  });
  expect(response?.status).toBe(200);
  expect(response?.headers.get('content-type')).toBe('application/json');
  expect(await response?.json()).toEqual({
    status: 'healthy',
    timestamp: expect.any(String),
    services: { database: 'healthy' },
    version: '1.0.0',
  });
});

test('instrumenting twice would count everything twice, so it is refused until the first is stopped', () => {
  const first = instrument();
  expect(() => instrument()).toThrow(expect.objectContaining({ code: 'ALREADY_STARTED' }));
  first.stop();
  instrument().stop();
});

test('one that was stopped, stopped again, let a third be made beside the second, and all was counted twice', () => {
  const first = instrument();
  first.stop();
  const second = instrument();
  first.stop();
  expect(() => instrument()).toThrow(expect.objectContaining({ code: 'ALREADY_STARTED' }));
  second.stop();
});

test('a probe that is a command reads from a file what the process writes, and not for long once it stops', async () => {
  const { health } = healthOf([{ name: 'postgres', required: true, run: () => undefined }]);
  await health.look();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'scorekeep-health-')), 'health.json');
  expect(readProbe(file, 'live')).toBe(false);
  const stop = writeHealth(health, file);
  expect([readProbe(file, 'live'), readProbe(file, 'ready'), readProbe(file, 'started')]).toEqual([true, true, true]);
  stop();
  vi.useFakeTimers({ now: Date.now() + 10_001 });
  expect(readProbe(file, 'live')).toBe(false);
});

test('a file of health that cannot be written any more ends no process: the probe sees that it stands still', async () => {
  const { health } = healthOf([]);
  const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-health-'));
  const file = path.join(folder, 'health.json');
  expect(() => writeHealth(health, path.join(folder, 'nowhere', 'health.json'))).toThrow('ENOENT');
  vi.useFakeTimers({ now: Date.now() });
  const stop = writeHealth(health, file);
  rmSync(folder, { recursive: true });
  vi.advanceTimersByTime(3_000);
  expect(readProbe(file, 'live')).toBe(false);
  stop();
});

test('after the clock was set back an hour, the file of a process that is gone does not say that it lives', () => {
  const { health } = healthOf([]);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'scorekeep-health-')), 'health.json');
  writeHealth(health, file)();
  expect(readProbe(file, 'live')).toBe(true);
  vi.useFakeTimers({ now: Date.now() - 3_600_000 });
  expect(readProbe(file, 'live')).toBe(false);
});

test('a Postgres that takes connections and never answers is not handed all of them by the check that looks at it', async () => {
  let asked = 0;
  let hangs = true;
  const waiting: ((found: undefined) => void)[] = [];
  const run = (): Promise<undefined> | undefined => {
    asked += 1;
    return hangs ? new Promise((resolve) => waiting.push(resolve)) : undefined;
  };
  const { health } = healthOf([{ name: 'postgres', required: true, run, timeoutMs: 1 }]);
  for (let i = 0; i < 20; i++) await health.look();
  expect(asked).toBe(2);
  expect(health.report()).toMatchObject({ ready: false, checks: [{ status: 'fail', code: 'TimeoutError' }] });
  hangs = false;
  for (const answer of waiting) answer(undefined);
  await Promise.resolve();
  await health.look();
  expect([asked, health.report().checks[0]?.status]).toEqual([3, 'pass']);
});

test('a loop that waits for a Postgres that fails is no reason to start the process anew, unless it waits very long', async () => {
  let well = true;
  const more = { loopAgeMs: 70_000 };
  const run = () => (well ? undefined : Promise.reject(failing()));
  const { health, get } = healthOf([{ name: 'postgres', required: true, run }], more);
  await health.look();
  expect((await get('/livez')).status).toBe(503);
  well = false;
  for (let i = 0; i < 3; i++) await health.look();
  expect([(await get('/livez')).status, (await get('/readyz')).status]).toEqual([200, 503]);
  more.loopAgeMs = 600_001;
  expect((await get('/livez')).status).toBe(503);
});

test('a look that comes back after its check was forgotten changes nothing', async () => {
  let fail: (error: Error) => void = () => undefined;
  const { health, changes } = healthOf([]);
  health.add({ name: 'postgres', run: () => new Promise((_, reject) => (fail = reject)) });
  const look = health.look();
  health.remove('postgres');
  await Promise.resolve();
  fail(failing());
  await look;
  expect(changes).toEqual([]);
});
