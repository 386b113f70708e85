import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask, type OpsStatus, opsIn } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { ended } from './testing/events.ts';
import { judge } from './verdict.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'game-events-ops-'));
const ops = opsIn(folder, {});
const status = async (): Promise<OpsStatus> =>
  JSON.parse((await ops('npm run ops -- game-events status --json')).output) as OpsStatus;

afterAll(async () => {
  await ops('npm run ops -- game-events reset --yes');
  rmSync(folder, { recursive: true, force: true });
});

/** Hands a game in, and answers what `stats` says. */
async function play(user: string): Promise<unknown> {
  const { url } = (await status()).app;
  const { body } = await ask(`${url}/api/events`, { method: 'POST', body: ended(user, 50, { event_id: user }) });
  expect(body).toMatchObject({ accepted: 1 });
  return (await ask(`${url}/api/events/stats`)).body;
}

/** What became of all events, asked where ops says that the Postgres is. */
async function judged(): Promise<unknown> {
  const client = new pg.Client((await ops('npm run -s ops -- game-events url')).output.trim());
  await client.connect();
  try {
    return await judge(client);
  } finally {
    await client.end();
  }
}

const all = (acknowledged: number) => ({ acknowledged, pending: 0, lost: 0, double: 0, wrong: 0 });

test('the service is started, scaled, restarted in parts with other settings, and processes each event once', async () => {
  expect(await ops('npm run ops -- game-events up --workers 1')).toMatchObject({ code: 0 });
  expect(await play('ann')).toMatchObject({ mode: 'queue' });
  await expect.poll(judged, { timeout: 120_000 }).toEqual(all(1));

  expect((await ops('npm run ops -- game-events scale worker=2')).code).toBe(0);
  const two = await status();
  expect(two).toMatchObject({ well: true, workers: [{ state: 'running' }, { state: 'running' }] });
  expect((await ops('DATABASE_POOL_SIZE=200 npm run ops -- game-events restart worker')).code).toBe(0);
  const again = await status();
  expect(again.workers.map(({ pid }) => pid)).not.toEqual(two.workers.map(({ pid }) => pid));
  expect(again.app.pid).toBe(two.app.pid);
  // Three processes, each with its pool and four more.
  expect(again.connections.most).toBe(3 * (200 + 4));
  expect((await ops('npm run ops -- game-events status')).output).toContain(
    'at most 612 of 597. Lower DATABASE_POOL_SIZE',
  );

  expect((await ops('EVENT_PROCESSING=direct npm run ops -- game-events restart app')).code).toBe(0);
  expect(await play('bob')).toMatchObject({ mode: 'direct', queue: { queue: { waiting: 0 } } });
  expect(await judged()).toEqual(all(2));
  const { output } = await ops('npm run ops -- game-events logs app --lines 20');
  expect(output).toContain('Event Queue initialized (Postgres)');
  expect(output).toContain('Event Queue not used - EVENT_PROCESSING=direct');
});

test('what was kept is there after down and up, and gone after a reset', async () => {
  expect((await ops('npm run ops -- game-events down')).code).toBe(0);
  expect((await ops('npm run ops -- game-events status')).code).toBe(1);
  expect((await ops('npm run ops -- game-events up --workers 0')).code).toBe(0);
  expect(await judged()).toEqual(all(2));
  expect((await ops('npm run ops -- game-events reset')).code).toBe(2);
  expect((await ops('npm run ops -- game-events reset --yes')).code).toBe(0);
  expect((await ops('npm run ops -- game-events url')).code).toBe(1);
});
