import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import { connect } from '../connect.ts';
import { serverAccount, temporaryFolder } from '../embedded/account.ts';
import { type Postgres, startPostgres } from '../embedded/index.ts';
import { games, playsBy } from '../event-projections/testing/plays.ts';
import { ended } from '../log/testing/game.ts';

const play = playsBy('sql');
const overall = board('overall', { of: play, by: 'total' });
const totalOf = (state: unknown): number | undefined => (state as { readonly total?: number } | undefined)?.total;

test('reads of a streaming standby say how stale they are: nothing when it has caught up, a bound in seconds and bytes while replay is held, and 0 on the primary', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(path.join(temporaryFolder(serverAccount(undefined)), 'scorekeep-standby-'));
  const servers: Postgres[] = [];
  try {
    const primary = await startPostgres({ directory: place(folder, 'primary'), settings: { max_wal_senders: 4 } });
    servers.push(primary);
    const standby = await startStandby(folder, primary);
    servers.push(standby);
    const keep = await connect({ url: primary.url, readUrl: standby.url });
    const onStandby = new pg.Client(standby.url);
    await onStandby.connect();
    try {
      const total = (n: number): Promise<unknown> => keep.ingest(games, ended(n, 'ann', { score: 10 }));
      await total(1);
      await keep.top(overall);
      await keep.projections.catchUp(play);
      const caughtUp = async (): Promise<unknown> => {
        const { value, staleness } = await keep.replica.state(play, 'ann');
        return [totalOf(value), staleness.bytes];
      };
      await expect.poll(caughtUp, { timeout: 60_000 }).toEqual([10, 0]);
      expect((await keep.replica.top(overall)).value).toEqual(await keep.top(overall));
      expect((await keep.replica.ranks(overall, ['ann'])).value).toEqual(await keep.ranks(overall, ['ann']));

      await onStandby.query('select pg_wal_replay_pause()');
      await expect
        .poll(async () => (await onStandby.query('select pg_get_wal_replay_pause_state() as state')).rows[0].state, {
          timeout: 60_000,
        })
        .toBe('paused');
      await total(2);
      await keep.projections.catchUp(play);
      const held = await keep.replica.state(play, 'ann');
      expect([totalOf(held.value), totalOf(await keep.projections.state(play, 'ann'))]).toEqual([10, 20]);
      expect(held.staleness.bytes).toBeGreaterThan(0);
      expect(held.staleness.seconds).toBeGreaterThan(0);
      const older = await keep.replica.staleness();
      expect(older.seconds).toBeGreaterThan(held.staleness.seconds);

      await onStandby.query('select pg_wal_replay_resume()');
      await expect.poll(caughtUp, { timeout: 60_000 }).toEqual([20, 0]);
      const lines: string[] = [];
      for await (const line of keep.replica.exportBoard(overall, { format: 'csv' })) lines.push(line);
      expect(lines).toHaveLength(2);

      // Without word from the primary there is only what the standby itself knows.
      const alone = await connect({ url: primary.url, readUrl: standby.url, migrate: false });
      try {
        await alone.replica.state(play, 'ann');
        const plain = await connect({ url: primary.url, migrate: false });
        expect(await plain.replica.top(overall)).toEqual({
          value: await keep.top(overall),
          staleness: { seconds: 0, bytes: 0 },
        });
        await plain.stop();
      } finally {
        await alone.stop();
      }
    } finally {
      await onStandby.end();
      await keep.stop();
    }
  } finally {
    for (const server of servers.toReversed()) await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
});

/** A base backup by the functions that pg_basebackup calls, which the embedded programs do not have; then a server that follows. */
async function startStandby(folder: string, primary: Postgres): Promise<Postgres> {
  const [from, to] = [path.join(folder, 'primary'), place(folder, 'standby')];
  const client = new pg.Client(primary.url);
  await client.connect();
  try {
    await client.query(`select pg_create_physical_replication_slot('standby', true)`);
    await client.query(`select pg_backup_start('standby', fast => true)`);
    mkdirSync(path.join(to, 'data'), { mode: 0o700 });
    const left = new Set(['postmaster.pid', 'postmaster.opts', 'pg_replslot']);
    cpSync(path.join(from, 'data'), path.join(to, 'data'), {
      recursive: true,
      filter: (file) => !left.has(path.basename(file)),
    });
    mkdirSync(path.join(to, 'data', 'pg_replslot'), { mode: 0o700 });
    cpSync(path.join(from, 'password'), path.join(to, 'password'));
    const { rows } = await client.query(`select labelfile from pg_backup_stop()`);
    writeFileSync(path.join(to, 'data', 'backup_label'), rows[0].labelfile);
    writeFileSync(path.join(to, 'data', 'standby.signal'), '');
    const { uid, gid } = statSync(path.join(from, 'data'));
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${uid}:${gid}`, to]);
  } finally {
    await client.end();
  }
  const { hostname, port, username, password } = new URL(primary.url);
  return startPostgres({
    directory: to,
    settings: {
      max_wal_senders: 4,
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password}`,
      primary_slot_name: 'standby',
    },
  });
}

/** A folder that the server's account can use. */
function place(folder: string, name: string): string {
  const directory = path.join(folder, name);
  mkdirSync(directory, { mode: 0o700 });
  const { uid, gid } = serverAccount(undefined);
  if (uid !== undefined && gid !== undefined) {
    chownSync(folder, uid, gid);
    chownSync(directory, uid, gid);
  }
  return directory;
}
