import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { startPostgres } from '../embedded/index.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import type { LoggedEvent } from './read-log.ts';
import type { EventReceipt } from './receipt.ts';
import { ended, gameLog } from './testing/game.ts';
import { points, roomLog } from './testing/room.ts';

const readAll = async (keep: Keep, log: ReturnType<typeof gameLog>): Promise<LoggedEvent[]> => {
  const events: LoggedEvent[] = [];
  for await (const event of keep.logs.replay(log)) events.push(event);
  return events;
};

test('a reader that only remembers its last position misses nothing while writers wait, roll back and commit out of turn', async () => {
  const { url } = await testDatabase();
  const log = roomLog('contended');
  const [reader, ...writers] = await Promise.all(Array.from({ length: 4 }, () => connect({ url })));
  const at = new Array<number>(8).fill(0);
  const read: string[] = [];
  const readOnce = async (): Promise<number> => {
    let found = 0;
    for (let shard = 0; shard < 8; shard++) {
      const events = (await reader?.logs.read(log, { shard, after: at[shard] ?? 0, limit: 50 })) ?? [];
      for (const { id, position } of events) {
        expect(position).toBe((at[shard] ?? 0) + 1);
        at[shard] = position;
        read.push(id);
      }
      found += events.length;
    }
    return found;
  };
  let writing = true;
  let written = 0;
  const write = async (keep: Keep, writer: number): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const stream = `room ${(writer * 31 + i * 7) % 23}`;
      const fate = (writer + i) % 4;
      const work = keep.transaction(async (tx) => {
        await keep.append(log, stream, [points('ann', i), points('bob', i)], { expectedVersion: 'any', tx });
        // The head of the shard is held meanwhile, and other shards go on.
        await tx.query('select pg_sleep($1)', [fate * 0.004]);
        if (fate === 2) throw new Error('rolled back');
      });
      if (fate === 2) await expect(work).rejects.toThrow('rolled back');
      else {
        await work;
        written += 2;
      }
      const crowd = Array.from({ length: 5 }, (_, n) => ({
        id: `${writer}-${i}-${n}`,
        type: 'joined',
        subject: `room ${n}`,
        data: { player: 'eve' },
      }));
      const receipts = await keep.ingest(log, crowd);
      written += receipts.filter((receipt) => receipt.status === 'accepted').length;
    }
  };
  const reading = (async () => {
    while (writing) await readOnce();
    while ((await readOnce()) > 0);
  })();
  try {
    await Promise.all(writers.map(write));
    writing = false;
    await reading;
    expect(written).toBe(3 * 60 * 5 + 3 * 45 * 2);
    expect(read).toHaveLength(written);
    expect(new Set(read).size).toBe(written);
  } finally {
    writing = false;
    await Promise.all([reader, ...writers].map((keep) => keep?.stop()));
  }
});

test('the same events in another order from three processes at once: each is in the log once, and no two wait for each other', async () => {
  const { url } = await testDatabase();
  const log = gameLog();
  const processes = await Promise.all([connect({ url }), connect({ url }), connect({ url })]);
  const deadlocks = async (): Promise<number> =>
    onDatabase(url, async (client) =>
      Number(
        (await client.query('select deadlocks from pg_stat_database where datname = current_database()')).rows[0]
          ?.deadlocks,
      ),
    );
  const events = Array.from({ length: 400 }, (_, n) => ended(n));
  const orders = [events, events.toReversed(), events.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))];
  const receipts = await Promise.all(processes.map((keep, i) => keep.ingest(log, orders[i])));
  expect(receipts.flat().filter((receipt) => receipt.status === 'accepted')).toHaveLength(400);
  expect(receipts.flat().filter((receipt) => receipt.status === 'duplicate')).toHaveLength(800);
  expect(await readAll(processes[0] as Keep, log)).toHaveLength(400);
  await Promise.all(processes.map((keep) => keep.stop()));
  expect(await deadlocks()).toBe(0);
});

interface Worker {
  readonly child: ChildProcess;
  readonly answers: AsyncIterableIterator<string>;
  send(events: readonly unknown[]): void;
}

async function startIngest(environment: Record<string, string>): Promise<Worker> {
  const script = fileURLToPath(new URL('testing/ingest-worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', script], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // What is written to a process that has been killed is lost, which is what the drill is about.
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await answers.next()).value).toBe('ready');
  return { child, answers, send: (events) => void child.stdin.write(`${JSON.stringify(events)}\n`) };
}

test.each([1, 2, 4])(
  'killed with SIGKILL after the commit of flush %i and before the reply: the client asks again, and nothing is double or lost',
  async (flush) => {
    const { url } = await testDatabase();
    const { child, answers, send } = await startIngest({ DRILL_URL: url, DRILL_KILL_AT: String(flush) });
    const gone = once(child, 'exit');
    const requests = Array.from({ length: 12 }, (_, request) =>
      Array.from({ length: 30 }, (_, i) => ended(request * 30 + i)),
    );
    const told: EventReceipt[] = [];
    // An answered request had a flush of its own at least, so the flush that kills is reached however the rest are grouped.
    for (const request of requests.slice(0, flush - 1)) {
      send(request);
      const { done, value } = await answers.next();
      if (done) break;
      told.push(...(JSON.parse(value) as EventReceipt[]));
    }
    for (const request of requests.slice(flush - 1)) send(request);
    for await (const answer of answers) told.push(...(JSON.parse(answer) as EventReceipt[]));
    expect((await gone)[1]).toBe('SIGKILL');

    const keep = await connect({ url });
    const log = gameLog();
    const before = await readAll(keep, log);
    expect(before.length).toBeGreaterThan(told.length);
    const again = (await Promise.all(requests.map((request) => keep.ingest(log, request)))).flat();
    const stored = await readAll(keep, log);
    expect(stored).toHaveLength(360);
    expect(new Set(stored.map((event) => event.id)).size).toBe(360);
    expect(again.filter((receipt) => receipt.status === 'duplicate')).toHaveLength(before.length);
    expect(again.filter((receipt) => receipt.status === 'accepted')).toHaveLength(360 - before.length);
    // Whoever was told "accepted" finds the event at the place that he was told.
    const places = new Map(stored.map(({ id, shard, position }) => [id, `${shard}/${position}`]));
    for (const receipt of told) {
      if (receipt.status === 'accepted') expect(places.get(receipt.id)).toBe(`${receipt.shard}/${receipt.position}`);
    }
    await keep.stop();
  },
);

test('connections that break while events stream in cost time, and no event is lost or double', async () => {
  const { url } = await testDatabase();
  const keep = await connect({ url });
  const log = gameLog({ limits: { patience: 60_000 } });
  await keep.logs.statistics(log);
  const broken = onDatabase(url, async (client) => {
    for (let count = 0; count < 12; ) {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'scorekeep' and state = 'active' and query like '%seen_game%'`,
      );
      count += rowCount ?? 0;
    }
  });
  const sending = (async () => {
    const receipts: EventReceipt[] = [];
    for (let call = 0; call < 60; call += 4) {
      const calls = Array.from({ length: 4 }, (_, i) =>
        Array.from({ length: 20 }, (_, n) => ended((call + i) * 20 + n)),
      );
      receipts.push(...(await Promise.all(calls.map((events) => keep.ingest(log, events)))).flat());
    }
    return receipts;
  })();
  // "duplicate" is the answer when the commit had happened and its answer was lost.
  for (const { status } of await sending) expect(['accepted', 'duplicate']).toContain(status);
  const stored = await readAll(keep, log);
  expect(stored).toHaveLength(1_200);
  expect(new Set(stored.map((event) => event.id)).size).toBe(1_200);
  // Whoever breaks the twelfth connection needs something under way; what is sent again changes nothing.
  let done = false;
  void broken.then(() => {
    done = true;
  });
  while (!done)
    expect(await keep.ingest(log, [ended(1), ended(2)])).toMatchObject([
      { status: 'duplicate' },
      { status: 'duplicate' },
    ]);
  await keep.stop();
});

test('dumped, restored into a fresh cluster and continued: nothing is skipped, nothing comes twice', async () => {
  const { url } = await testDatabase();
  const game = gameLog({ segmentSize: 100 });
  const rooms = roomLog('rooms', { chained: true });
  const take = async (keep: Keep, limit: number): Promise<number> =>
    keep.consume(
      game,
      'taker',
      (tx, events) => tx.query('insert into taken select unnest($1::text[])', [events.map((event) => event.id)]),
      { limit },
    );
  const first = await connect({ url });
  await onDatabase(url, (client) => client.query('create table taken (id text)'));
  await first.ingest(
    game,
    Array.from({ length: 2_000 }, (_, n) => ended(n)),
  );
  await first.append(rooms, 'r', [points('ann', 1), points('bob', 2)], { expectedVersion: 'none', commandId: 'c' });
  expect(await take(first, 30)).toBe(240);
  await first.stop();

  await using fresh = await startPostgres({ durable: false });
  await restore(url, fresh.url, [game, rooms]);
  const second = await connect({ url: fresh.url });
  // New events while the old ones are not all consumed, and the client that does not know whether its last were taken.
  const receipts = await second.ingest(
    game,
    Array.from({ length: 1_000 }, (_, n) => ended(1_500 + n)),
  );
  expect(receipts.map((receipt) => receipt.status)).toEqual([
    ...Array(500).fill('duplicate'),
    ...Array(500).fill('accepted'),
  ]);
  const command = await second.append(rooms, 'r', [points('ann', 1), points('bob', 2)], {
    expectedVersion: 'none',
    commandId: 'c',
  });
  expect(command).toMatchObject({ status: 'appended', version: 2, repeated: true });
  await second.append(rooms, 'r', [points('ann', 3)], { expectedVersion: 2 });
  expect(await second.logs.verifyChain(rooms, 'r')).toMatchObject({ ok: true, payloads: 3 });
  while ((await take(second, 77)) > 0);
  const { rows } = await onDatabase(fresh.url, (client) =>
    client.query('select count(*)::int as taken, count(distinct id)::int as ids from taken'),
  );
  expect(rows).toEqual([{ taken: 2_500, ids: 2_500 }]);
  for (let shard = 0; shard < 8; shard++) {
    const events = await second.logs.read(game, { shard, after: 0, limit: 10_000 });
    expect(events.map((event) => event.position)).toEqual(Array.from({ length: events.length }, (_, i) => i + 1));
  }
  await second.stop();
});

/** By pg_dump and psql where there are some that know the server; else by making the logs anew and copying every row. */
async function restore(from: string, to: string, logs: readonly { name: string }[]): Promise<void> {
  const version = await onDatabase(from, async (client) =>
    Number((await client.query('show server_version_num')).rows[0]?.server_version_num),
  );
  const bin = `/usr/lib/postgresql/${Math.floor(version / 10_000)}/bin`;
  if (has(bin, 'pg_dump')) {
    const dump = execFileSync(`${bin}/pg_dump`, ['--no-owner', from], { maxBuffer: 2 ** 28 });
    execFileSync(`${bin}/psql`, ['-q', '-v', 'ON_ERROR_STOP=1', to], {
      input: dump,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    return;
  }
  const keep = await connect({ url: to });
  for (const log of logs) await keep.logs.statistics(log as ReturnType<typeof gameLog>);
  await keep.stop();
  await onDatabase(to, (client) => client.query('create table taken (id text)'));
  await onDatabase(from, (source) => onDatabase(to, (target) => copyRows(source, target)));
}

const has = (folder: string, file: string): boolean => {
  try {
    return readdirSync(folder).includes(file);
  } catch {
    return false;
  }
};

/** Makes the missing segments by hand, as a dump would, and copies what every plain table holds. */
async function copyRows(source: pg.Client, target: pg.Client): Promise<void> {
  const plain = `select relname as name, pg_get_expr(relpartbound, oid) as bound from pg_class
    where relkind = 'r' and relnamespace = 'scorekeep'::regnamespace and relname <> 'migration' order by 1`;
  await target.query('set session_replication_role = replica');
  for (const { name, bound } of (await source.query(plain)).rows) {
    const parent = /^(events_\w+)_\d+$/.exec(name)?.[1];
    if (parent !== undefined)
      await target.query(`create table if not exists scorekeep.${name} partition of scorekeep.${parent} ${bound}`);
    await target.query(`delete from scorekeep.${name}`);
    const { rows } = await source.query(`select coalesce(json_agg(t), '[]')::text as rows from scorekeep.${name} t`);
    await target.query(
      `insert into scorekeep.${name} overriding system value select * from json_populate_recordset(null::scorekeep.${name}, $1::json)`,
      [rows[0]?.rows],
    );
  }
  const { rows } = await source.query('select coalesce(json_agg(id), $1)::text as ids from taken', ['[]']);
  await target.query('insert into taken select json_array_elements_text($1::json)', [rows[0]?.ids]);
}
