import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { onDatabase } from '../testing/contest.ts';
import type { NamedQuery } from './ask-again.ts';
import { isSilence } from './in-time.ts';
import { type KeptConnection, keepConnection } from './kept-connection.ts';

let url: string;
beforeAll(async () => {
  ({ url } = await testDatabase());
});
afterEach(() => void vi.useRealTimers());

interface Opened {
  readonly pool: pg.Pool;
  readonly connection: KeptConnection;
  /** How often a connection was taken out of the pool. */
  readonly taken: () => number;
}

function open(options: pg.PoolConfig = {}): Opened {
  const pool = new pg.Pool({ connectionString: url, max: 2, ...options });
  let count = 0;
  pool.on('acquire', () => void count++);
  onTestFinished(() => pool.end());
  return { pool, connection: keepConnection(pool), taken: () => count };
}

const echo = (...values: unknown[]): NamedQuery => ({
  name: 'echo',
  text: 'select $1::text, $2::int4, 3::int8',
  values,
});
const BACKEND: NamedQuery = { name: 'backend', text: 'select pg_backend_pid()', values: [] };

/** Without end, so that a test says when it is looked at. */
const holdTimers = (): void => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

test('answers the first row as text, NULL as null, and nothing where there is none', async () => {
  const { connection } = open();
  expect(await connection.firstRow(echo("it's", 2), 10_000)).toEqual(["it's", '2', '3']);
  expect(await connection.firstRow(echo(null, -1), 10_000)).toEqual([null, '-1', '3']);
  expect(await connection.firstRow({ name: 'none', text: 'select 1 where false', values: [] }, 10_000)).toBeUndefined();
});

test('statements that follow each other closely share a connection, which goes back when none follows', async () => {
  holdTimers();
  const { pool, connection, taken } = open();
  const first = await connection.firstRow(BACKEND, 10_000);
  for (let i = 0; i < 20; i++) expect(await connection.firstRow(BACKEND, 10_000)).toEqual(first);
  expect([taken(), pool.idleCount]).toEqual([1, 0]);
  vi.advanceTimersByTime(20);
  expect(pool.idleCount).toBe(1);
  await connection.firstRow(BACKEND, 10_000);
  expect(taken()).toBe(2);
  vi.advanceTimersByTime(20);
});

test('a connection that is always in use still goes back once in a second, for the pool to look at it', async () => {
  holdTimers();
  const { connection, taken } = open();
  for (let i = 0; i < 220; i++) {
    await connection.firstRow(BACKEND, 10_000);
    vi.advanceTimersByTime(10);
  }
  expect(taken()).toBe(3);
  vi.advanceTimersByTime(20);
});

test('the last connection of a pool is not kept', async () => {
  holdTimers();
  const { pool, connection } = open({ max: 1 });
  await connection.firstRow(BACKEND, 10_000);
  expect(pool.idleCount).toBe(1);
});

test('values that Postgres refuses leave the connection as it is, and are told with their SQLSTATE', async () => {
  holdTimers();
  const { connection, taken } = open();
  for (let i = 0; i < 3; i++) {
    await expect(connection.firstRow(echo('x', 'y'), 10_000)).rejects.toMatchObject({ code: '22P02' });
    expect(await connection.firstRow(echo('x', 1), 10_000)).toEqual(['x', '1', '3']);
  }
  expect(taken()).toBe(1);
  vi.advanceTimersByTime(20);
});

test('any other error ends the connection, as it does in the pool', async () => {
  const { pool, connection } = open();
  const wrong = { name: 'wrong', text: 'select nothing from nowhere', values: [] };
  await expect(connection.firstRow(wrong, 10_000)).rejects.toMatchObject({ code: '42P01' });
  expect(pool.totalCount).toBe(0);
});

test('a connection that breaks while it is kept breaks nothing else, and the next statement has another', async () => {
  holdTimers();
  const { pool, connection } = open();
  const [pid] = (await connection.firstRow(BACKEND, 10_000)) ?? [];
  const removed = once(pool, 'remove');
  await onDatabase(url, (client) => client.query('select pg_terminate_backend($1)', [pid]));
  await removed;
  expect(await connection.firstRow(BACKEND, 10_000)).not.toEqual([pid]);
  vi.advanceTimersByTime(20);
});

test('a statement under way fails when its connection breaks', async () => {
  const { connection } = open();
  const sleeps = connection.firstRow({ name: 'sleep', text: 'select pg_sleep(60) as kept_asleep', values: [] }, 60_000);
  const fails = expect(sleeps).rejects.toThrow();
  await onDatabase(url, async (client) => {
    for (let ended = 0; ended === 0; ) {
      const { rowCount } = await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%as kept_asleep' and pid <> pg_backend_pid()",
      );
      ended = rowCount ?? 0;
    }
  });
  await fails;
  expect(await connection.firstRow(echo('x', 1), 10_000)).toEqual(['x', '1', '3']);
});

test('who is not answered in time gives the connection up, also one that comes only then', async () => {
  const { pool, connection } = open();
  const sleep = { name: 'sleep', text: 'select pg_sleep(60)', values: [] };
  await expect(connection.firstRow(sleep, 50)).rejects.toSatisfy(isSilence);
  expect(pool.totalCount).toBe(0);
  const holding = await Promise.all([pool.connect(), pool.connect()]);
  await expect(connection.firstRow(echo('x', 1), 50)).rejects.toSatisfy(isSilence);
  for (const client of holding) client.release();
  expect(await connection.firstRow(echo('x', 1), 10_000)).toEqual(['x', '1', '3']);
});

test('a pool that cannot connect tells why', async () => {
  const { connection } = open({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  await expect(connection.firstRow(BACKEND, 10_000)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('the process died when Postgres ended a connection in the message that had made it ready', async () => {
  const { pool, connection } = open();
  const client = await pool.connect();
  client.release();
  pool.once('acquire', () => process.nextTick(() => client.emit('error', new Error('ended'))));
  await expect(connection.firstRow(BACKEND, 10_000)).rejects.toThrow('Connection terminated');
  expect(await connection.firstRow(BACKEND, 10_000)).toHaveLength(1);
});

test("a host's own time-out for queries ended the wait of who is alone before his patience did", async () => {
  const { connection } = open({ query_timeout: 50 });
  const slow = { name: 'slow', text: "select 'done' from pg_sleep(0.2)", values: [] };
  expect(await connection.firstRow(slow, 10_000)).toEqual(['done']);
});

test('a pool that is ended gets its connection back after the statement under way', async () => {
  holdTimers();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const connection = keepConnection(pool);
  await connection.firstRow(BACKEND, 10_000);
  const under = connection.firstRow(BACKEND, 10_000);
  const ended = pool.end();
  expect(await under).toHaveLength(1);
  await ended;
});

test('two statements at once each give their connection back', async () => {
  holdTimers();
  const { pool, connection } = open({ max: 3 });
  await Promise.all([connection.firstRow(BACKEND, 10_000), connection.firstRow(BACKEND, 10_000)]);
  vi.advanceTimersByTime(20);
  expect(pool.idleCount).toBe(2);
});

test('a driver that takes only its own queries is asked in its own way', async () => {
  const { connection } = open({ pipeline: true });
  expect(await connection.firstRow(echo('x', 1), 10_000)).toEqual(['x', 1, '3']);
  await expect(connection.firstRow(echo('x', 'y'), 10_000)).rejects.toMatchObject({ code: '22P02' });
});

test.each([
  ['a copy', (query: object) => ({ ...query })],
  ['a proxy', (query: object) => new Proxy(query, {})],
])('a wrapper of the driver that hands on %s of the query gets the same answer', async (_, wrap) => {
  class Wrapped extends pg.Client {
    override query(...[query, ...rest]: unknown[]): never {
      const wrapped = typeof query === 'object' && query !== null ? wrap(query) : query;
      return super.query(...([wrapped, ...rest] as [string])) as never;
    }
  }
  const { connection } = open({ Client: Wrapped });
  expect((await connection.firstRow(echo('x', 1), 10_000))?.map(String)).toEqual(['x', '1', '3']);
});

test('whoever traces the driver sees the statement, its values and its end', async () => {
  const seen: unknown[] = [];
  class Traced extends pg.Client {
    override query(...args: unknown[]): never {
      const [query] = args as [
        { text: string; values: unknown[]; callback: (error: unknown, result: unknown) => void },
      ];
      const { text, values, callback } = query;
      query.callback = (error, result) => {
        seen.push(text, values, (result as { rows: unknown }).rows);
        callback(error, result);
      };
      return super.query(...(args as [string])) as never;
    }
  }
  const { connection } = open({ Client: Traced });
  await connection.firstRow(echo('x', 1), 10_000);
  expect(seen).toEqual([echo().text, ['x', 1], [['x', '1', '3']]]);
});
