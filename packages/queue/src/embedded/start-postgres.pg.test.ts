import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startPostgres } from './index.ts';
import { exists, place } from './testing/place.ts';

describe('startPostgres', () => {
  test('serves PostgreSQL 18, durable, on 127.0.0.1 only, with no unix socket', async () => {
    await using server = await startPostgres();
    const settings = [
      'server_version_num',
      'fsync',
      'full_page_writes',
      'listen_addresses',
      'unix_socket_directories',
      'password_encryption',
    ];
    const rows = await query(
      server.url,
      `select name, setting from pg_settings where name in ('${settings.join("', '")}')`,
    );
    expect(Object.fromEntries(rows.map((row) => [row['name'], row['setting']]))).toEqual({
      server_version_num: expect.stringMatching(/^18/),
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
  });

  test('refuses a wrong password and no password', async () => {
    await using server = await startPostgres({ durable: false });
    const wrong = new URL(server.url);
    wrong.password = 'postgres';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const rules = await query(server.url, 'select distinct auth_method from pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
  });

  test('takes further settings and leaves no process after stop, however often that is called', async () => {
    const server = await startPostgres({
      durable: false,
      settings: { max_connections: 23, log_min_messages: 'panic' },
    });
    expect(await query(server.url, 'show max_connections')).toEqual([{ max_connections: '23' }]);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(exists(server.pid)).toBe(false);
  });

  test('four start at once on ports of their own', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => startPostgres({ durable: false })));
    expect(new Set(servers.map((server) => server.port)).size).toBe(4);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('names a taken port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(startPostgres({ durable: false, port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      fields: { port },
    });
    other.close();
  });

  test('shows the end of the log when the server refuses a setting', async () => {
    const start = startPostgres({ durable: false, settings: { shared_buffers: 'plenty' } });
    await expect(start).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('invalid value for parameter "shared_buffers": "plenty"'),
    });
  });
});

describe('a persistent directory', () => {
  test('keeps data and password from start to start, and is closed to others', async () => {
    const directory = path.join(place(0o700), 'a', 'b'); // below a folder that only we may enter
    const first = await startPostgres({ directory });
    await query(first.url, 'create table fact as select 42 as answer');
    await first.stop();
    await using second = await startPostgres({ directory });
    expect(await query(second.url, 'select answer from fact')).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(directory, 'password')).mode & 0o777).toBe(0o600);
  });

  test('gets a new password where the old one is lost', async () => {
    const directory = path.join(place(), 'database');
    const first = await startPostgres({ directory });
    await first.stop();
    rmSync(path.join(directory, 'password'));
    await using second = await startPostgres({ directory });
    expect(new URL(second.url).password).not.toBe(new URL(first.url).password);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is refused while another server runs on it, which stays unharmed', async () => {
    const directory = path.join(place(), 'database');
    await using first = await startPostgres({ directory });
    await expect(startPostgres({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('is initialized once by two first starts at the same moment', async () => {
    const directory = path.join(place(), 'database');
    const starts = await Promise.allSettled([startPostgres({ directory }), startPostgres({ directory })]);
    const won = starts.filter((start) => start.status === 'fulfilled');
    const lost = starts.filter((start) => start.status === 'rejected');
    expect(won).toHaveLength(1);
    expect(lost[0]?.reason).toMatchObject({ code: 'DIRECTORY_IN_USE' });
    const server = won[0]?.value;
    expect(await query(server?.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
    await server?.stop();
  });

  test('recovers what was committed after kill -9 of the server, even when its process id is taken by another program', async () => {
    const directory = path.join(place(), 'database');
    const first = await startPostgres({ directory });
    await query(first.url, 'create table fact as select 42 as answer');
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    const lock = path.join(directory, 'data', 'postmaster.pid');
    const { uid, gid } = statSync(lock);
    const stranger = spawn('sleep', ['600'], uid === process.getuid?.() ? {} : { uid, gid });
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(stranger.pid)));
    await using second = await startPostgres({ directory });
    expect(await query(second.url, 'select answer from fact')).toEqual([{ answer: 42 }]);
    stranger.kill();
  });

  test('of another major version is refused by name and left alone', async () => {
    const directory = path.join(place(), 'database');
    mkdirSync(path.join(directory, 'data'), { recursive: true });
    writeFileSync(path.join(directory, 'data', 'PG_VERSION'), '17\n');
    await expect(startPostgres({ directory })).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      fields: { found: '17', expected: '18' },
    });
  });

  test('with foreign files is refused and keeps its mode', async () => {
    const directory = place(0o755);
    writeFileSync(path.join(directory, 'thesis.txt'), 'mine');
    await expect(startPostgres({ directory })).rejects.toMatchObject({
      code: 'DIRECTORY_NOT_EMPTY',
      message: expect.stringContaining('thesis.txt'),
    });
    expect(statSync(directory).mode & 0o777).toBe(0o755);
  });

  test('that is a file is refused', async () => {
    const directory = path.join(place(), 'file');
    writeFileSync(directory, '');
    await expect(startPostgres({ directory })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
