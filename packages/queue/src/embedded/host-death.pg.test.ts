import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { isPublic } from './account.ts';
import { startPostgres } from './index.ts';
import { answer, exists, place, spawnHost } from './testing/place.ts';

const isClosed = !isPublic(process.execPath) || !isPublic(import.meta.dirname);
const patience = { timeout: 60_000, interval: 20 };

describe('when the host dies', () => {
  test.each([
    ['SIGINT', 1],
    ['SIGTERM', 1],
    ['SIGKILL', 1],
    ['SIGINT', -1], // Ctrl-C: the terminal signals the whole process group
    ['SIGKILL', -1],
  ] as const)(
    'of %s (sign of the pid: %i), neither server, zombie nor temporary folder remains',
    async (signal, sign) => {
      const temporary = place();
      const host = spawnHost({ durable: false }, temporary);
      const { url, pid } = await answer(host);
      await withSession(url, async () => {
        expect(servers(temporary)).toHaveLength(1);
        process.kill(sign * (host.pid ?? Number.NaN), signal);
        await once(host, 'exit');
        await expect.poll(() => servers(temporary), patience).toEqual([]);
      });
      expect(exists(pid)).toBe(false);
    },
  );

  test.each([
    ['initdb', 'scorekeep-postgres-*/initdb-*/base'],
    ['the server', 'scorekeep-postgres-*/data/postmaster.pid'],
  ])('while %s starts, nothing remains', async (_, pattern) => {
    const temporary = place();
    const host = spawnHost({ durable: false }, temporary);
    await expect.poll(() => globSync(pattern, { cwd: temporary }).length, { ...patience, interval: 1 }).toBe(1);
    host.kill('SIGKILL');
    await expect.poll(() => servers(temporary), patience).toEqual([]);
  });

  test('a persistent directory stays, cleanly shut down', async () => {
    const temporary = place();
    const directory = path.join(temporary, 'database');
    const host = spawnHost({ directory }, temporary);
    const { url, pid } = await answer(host);
    await query(url, 'create table fact (id int)');
    host.kill('SIGKILL');
    await expect.poll(() => exists(pid), patience).toBe(false);
    await expect.poll(() => existsSync(path.join(directory, 'data', 'postmaster.pid')), patience).toBe(false);
    const again = await answer(spawnHost({ directory }, temporary));
    expect(await query(again.url, 'select count(*)::int as n from fact')).toEqual([{ n: 0 }]);
    process.kill(again.pid, 'SIGINT');
    await expect.poll(() => exists(again.pid), patience).toBe(false);
  });
});

test('an ordinary user starts it, in a folder that is closed to others', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('we are an ordinary user: every other test shows it');
  if (isClosed) skip('other users cannot enter this repository');
  const temporary = place();
  const ordinary = 1; // `daemon`, where there is a passwd at all
  const { url, pid } = await answer(
    spawnHost({ durable: false, directory: path.join(temporary, 'own') }, temporary, ordinary),
  );
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  process.kill(pid, 'SIGINT');
  await expect.poll(() => exists(pid), patience).toBe(false);
});

test('a user without a name is told so', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('only root can become a user without a name');
  if (isClosed) skip('other users cannot enter this repository');
  const nameless = 54_321;
  expect(await answer(spawnHost({ durable: false }, place(), nameless))).toEqual({
    code: 'START_FAILED',
    message: expect.stringContaining('initdb needs a name for user id 54321; add a line for it to /etc/passwd'),
  });
});

test('a killed supervisor takes the server along', async () => {
  const server = await startPostgres({ durable: false, directory: path.join(place(), 'database') });
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  process.kill(Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), 'SIGKILL');
  await expect.poll(() => isRunning(server.pid), patience).toBe(false);
  await server.stop();
});

/** A zombie does not run; where no init process reaps, an orphan stays one. */
function isRunning(pid: number): boolean {
  return exists(pid) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** The folders of servers; a copy of the binaries, as a closed repository needs it, is meant to stay. */
const servers = (temporary: string): string[] =>
  readdirSync(temporary).filter((name) => /^scorekeep-postgres-[^-]+$/.test(name));

async function query(url: string, statement: string): Promise<unknown[]> {
  return withSession(url, async (client) => (await client.query(statement)).rows);
}

/** Runs `work` with a session open; that the server ends the session is no error of the test. */
async function withSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
