import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { kicktipp } from '@scorekeep/core/contests';
import type { RuleSet } from '@scorekeep/core/rules';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { type Board, board } from './boards/board.ts';
import { connect } from './connect.ts';
import type { Keep } from './keep.ts';
import type { Sql } from './postgres/sql.ts';
import { projection } from './projections/projection.ts';
import { load, PROJECTION_LOCK } from './projections/register.ts';
import type { Scope } from './runs/start-run.ts';
import { tableFold } from './tables/table-fold.ts';
import { tableLog } from './tables/table-log.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';

const POISON = `alter table scorekeep.score_points_v1 add constraint poison
  check (milli is null or (player_ref, fixture_ref) <> (md5('player 3')::uuid, md5('fixture 3')::uuid))`;
const correct = (tx: Sql) =>
  tx.query(`update fixture set score_h = 9, score_a = 0, result_revision = 2 where id = md5('fixture 1')::uuid`);
const flat = { fields: { home: 'a', away: 'b', resultHome: 'a', resultAway: 'b' } };

const sql = (url: string, text: string): Promise<Record<string, unknown>[]> =>
  onDatabase(url, async (client) => (await client.query(text)).rows);

const POLL = { timeout: 60_000 };

/** How many statements wait for a lock. */
const waiting = async (url: string): Promise<number> =>
  (await sql(url, `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
    .length;

/** A contest whose tables are there before anything is scored, to be spoiled. */
async function declaredContest() {
  const { url } = await testDatabase();
  await createContest(url, { players: 12, fixtures: 5 });
  const keep = await connect({ url, batchSize: 10 });
  const { points, overall } = contest();
  await keep.status(points);
  return { url, keep, points, overall };
}

test('a correction that joins the first run of its scope is applied before that run ends', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 20, fixtures: 3 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  const { rows } = await onDatabase(url, (c) => c.query(`select md5('player 1')::uuid::text as id`));
  await keep.run(points);
  await keep.run(points, { where: { player_ref: rows[0].id }, inline: true });
  const joined = await keep.transaction(async (tx) => {
    await correct(tx);
    return keep.run(points, { tx });
  });
  expect(joined.created).toBe(false);
  await keep.start({ projections: [points], boards: [overall] });
  await keep.finished(joined);
  const verdict = await judge(url);
  await keep.stop();
  expect(verdict).toEqual(FLAWLESS);
});

test('a preview beside an unfinished run shows what the change does', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 20, fixtures: 3 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  await keep.run(points, { inline: true });
  await keep.top(overall);
  const idle = await keep.preview(overall, { change: correct });
  await keep.pause(await keep.run(points));
  const beside = await keep.preview(overall, { change: correct });
  await keep.stop();
  expect(beside).toEqual(idle);
});

test('an item parked by version 1 is not taken for done by a worker of version 2', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const [keep, other] = [await connect({ url }), await connect({ url })];
  const { points } = contest();
  await keep.status(points);
  await onDatabase(url, (c) => c.query(POISON));
  await other.start({ projections: [projection('points', { from: points.from, score: kicktipp, version: 2 })] });
  await keep.run(points, { inline: true });
  await onDatabase(url, (c) => c.query('alter table scorekeep.score_points_v1 drop constraint poison'));
  await keep.start({ projections: [points] });
  await expect
    .poll(async () => (await keep.status(points)).parked, { timeout: 15_000 })
    .toBe(0)
    .finally(() => Promise.all([keep.stop(), other.stop()]));
});

test.each([
  [
    'a row without a subject',
    `create table e (id int primary key, who text, a int, b int); insert into e values (1, 'u', 1, 0), (2, null, 1, 0)`,
    ['id'],
  ],
  [
    'a null in a unique key',
    `create table e (id int, who text not null, a int, b int, unique (who, id)); insert into e values (1, 'u', 1, 0), (null, 'u', 1, 0)`,
    ['who', 'id'],
  ],
  [
    'a view that repeats a key',
    `create table t (id int, who text not null, a int, b int); create view e as select * from t; insert into t values (1, 'u', 1, 0), (2, 'u', 1, 0), (2, 'u', 1, 0)`,
    ['id'],
  ],
] as const)('%s is refused, or a run over it ends', async (_, statements, key) => {
  const { url } = await testDatabase();
  await onDatabase(url, (c) => c.query(statements));
  const keep = await connect({ url });
  const points = projection('p', { from: tableLog('e', { key: [...key], subject: 'who', ...flat }), score: kicktipp });
  try {
    const refused = await keep.start({ projections: [points] }).catch((error: unknown) => error);
    if (refused !== undefined) return;
    await keep.finished(await keep.run(points), { signal: AbortSignal.timeout(5_000) });
  } finally {
    await keep.stop();
  }
});

test('an inline run in a transaction never answers with items left unscored', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 20, fixtures: 5 });
  const keep = await connect({ url });
  const { points } = contest();
  await keep.pause(await keep.run(points));
  const done = await keep
    .transaction((tx) => keep.run(points, { inline: true, tx }))
    .then(async () => (await keep.status(points)).pending)
    .catch((error: { code: string }) => error.code);
  await keep.stop();
  expect([0, 'RUN_PAUSED']).toContain(done);
});

test('ten first runs in ten host transactions do not wait for each other forever', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 12 });
  const keep = await connect({ url });
  const { points } = contest();
  const { rows } = await onDatabase(url, (c) => c.query('select id::text from fixture limit 10'));
  const one = (id: string) => keep.transaction((tx) => keep.run(points, { where: { fixture_ref: id }, tx }));
  const runs = await Promise.all(rows.map((row) => one(row.id)));
  await keep.stop();
  expect(runs.map((run) => run.created)).toEqual(rows.map(() => true));
});

test('an item that was dead-lettered is tried again by the next run', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  await keep.top(overall);
  await onDatabase(url, (c) => c.query(POISON));
  await keep.run(points, { inline: true });
  const before = await keep.status(points);
  await onDatabase(url, (c) => c.query('alter table scorekeep.score_points_v1 drop constraint poison'));
  await keep.run(points, { inline: true });
  const after = await keep.status(points);
  const verdict = await judge(url);
  await keep.stop();
  expect([before.parked, after.parked]).toEqual([1, 0]);
  expect(verdict).toEqual(FLAWLESS);
});

test('a server whose default isolation is repeatable read loses no points from a board built meanwhile', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 20, fixtures: 5 });
  await onDatabase(url, (c) =>
    c.query(
      `do $$ begin execute format('alter database %I set default_transaction_isolation = ''repeatable read''', current_database()); end $$`,
    ),
  );
  const keep = await connect({ url, batchSize: 10 });
  const { points, overall } = contest();
  await keep.start({ projections: [points] });
  const run = await keep.run(points);
  await keep.top(overall);
  await keep.finished(run);
  const verdict = await judge(url);
  await keep.stop();
  expect(verdict).toEqual(FLAWLESS);
});

test('a row that cannot even be parked kept its slice crashing without a word, and the sweep from every run that was over', async () => {
  const { url, keep, points, overall } = await declaredContest();
  try {
    await sql(
      url,
      `alter table scorekeep.score_points_v1 add constraint poison check (player_ref <> md5('player 3')::uuid)`,
    );
    const [refused] = await sql(url, `select md5('player 3')::uuid::text as id`);
    const where = { player_ref: String(refused?.['id']) };
    await expect(keep.run(points, { where, inline: true })).rejects.toMatchObject({ code: 'RUN_STUCK' });
    await keep.start({ projections: [points], boards: [overall] });
    const run = await keep.run(points);
    await expect.poll(async () => (await keep.runStatus(run)).errors, POLL).toEqual(['23514']);
    // A run whose last slice is done, and whose closer met somebody else's lock, is the sweep's to close.
    await sql(
      url,
      `insert into scorekeep.run (id, projection, scope, corrects, retries, open_slices)
       select gen_random_uuid(), id, json_build_object('fixture_ref', gen_random_uuid()), false, false, 0 from scorekeep.projection`,
    );
    const over = () => sql(url, `select 1 from scorekeep.run where open_slices = 0 and finished_at is null`);
    await expect.poll(over, POLL).toEqual([]);

    await sql(url, 'alter table scorekeep.score_points_v1 drop constraint poison');
    await keep.finished(run);
    expect(await judge(url)).toEqual(FLAWLESS);
  } finally {
    await keep.stop();
  }
});

test('stop during a start ended the pool beneath it: whatever the start has begun is ended, too', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const { points, overall } = contest();
  for (let turns = 0; turns < 40; turns += 4) {
    const keep = await connect({ url });
    const heard: unknown[] = [];
    const listen = (fact: unknown): unknown => heard.push(fact);
    subscribe('scorekeep.background.error', listen);
    const starting = keep.start({ projections: [points], boards: [overall] }).catch((error: unknown) => error);
    for (let turn = 0; turn < turns; turn++) await sql(url, 'select 1');
    await keep.stop();
    unsubscribe('scorekeep.background.error', listen);
    const outcome = await starting;
    expect([outcome, heard]).toEqual([
      outcome === undefined ? undefined : expect.objectContaining({ code: 'STOPPED' }),
      [],
    ]);
  }
});

test('what was asked of a stopped connection told of a pool that the host never saw', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  const run = await keep.run(points, { inline: true });
  await keep.top(overall);
  await keep.stop();
  const asked = [
    () => keep.top(overall),
    () => keep.ranks(overall, ['1']),
    () => keep.status(points),
    () => keep.run(points),
    () => keep.finished(run),
    () => keep.cancel(run),
    () => keep.transaction((tx) => tx.query('select 1')),
  ];
  for (const ask of asked) {
    await expect((async () => ask())(), ask.toString()).rejects.toMatchObject({
      name: 'ScorekeepError',
      code: 'STOPPED',
    });
  }
});

test('a slice tried an item whose statement was cancelled each time for ever: it is parked alone, and scored once that is over', async () => {
  const { url, keep, points, overall } = await declaredContest();
  try {
    await sql(
      url,
      `create function too_long() returns trigger language plpgsql as $$ begin raise query_canceled; end $$;
       create trigger too_long before insert or update on scorekeep.score_points_v1 for each row
         when ((new.player_ref, new.fixture_ref) = (md5('player 3')::uuid, md5('fixture 3')::uuid) and new.milli is not null) execute function too_long()`,
    );
    await keep.start({ projections: [points], boards: [overall], workers: 2 });
    await keep.finished(await keep.run(points));
    expect(await keep.status(points)).toMatchObject({ parked: 1 });
    await sql(url, 'drop trigger too_long on scorekeep.score_points_v1');
    await keep.finished(await keep.run(points));
    expect(await keep.status(points)).toMatchObject({ parked: 0 });
    expect(await judge(url)).toEqual(FLAWLESS);
  } finally {
    await keep.stop();
  }
});

test('a failed step tells its code, never the row that the database complained about', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const keep = await connect({ url });
  const { points } = contest();
  await keep.status(points);
  await onDatabase(url, (c) => c.query(POISON));
  const facts: unknown[] = [];
  const listen = (fact: unknown): unknown => facts.push(fact);
  subscribe('scorekeep.slice.failed', listen);
  await keep.run(points, { inline: true });
  unsubscribe('scorekeep.slice.failed', listen);
  await keep.stop();
  expect(facts[0]).toEqual({ slice: expect.any(String), run: expect.any(String), verdict: 'data', code: '23514' });
});

test('joined columns that Postgres cannot compare are refused by name', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (c) =>
    c.query(
      `create table m (id uuid primary key, h int, a int); create table e (id int primary key, m text, a int, b int)`,
    ),
  );
  const keep = await connect({ url });
  const from = tableLog('e', {
    key: ['id'],
    subject: 'id',
    fields: { home: 'a', away: 'b' },
    join: { table: 'm', on: { m: 'id' }, fields: { resultHome: 'h', resultAway: 'a' } },
  });
  const refused = keep.status(projection('p', { from, score: kicktipp }));
  await expect(refused).rejects.toMatchObject({
    code: 'WRONG_COLUMN_TYPE',
    fields: { column: 'm', joinedType: 'uuid' },
  });
  await keep.stop();
});

test('a value longer than the key column is nobody, not whoever its beginning names', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (c) =>
    c.query(
      `create table e (who char(3) primary key, a int, b int); insert into e values ('GER', 1, 0), ('FRA', 2, 1)`,
    ),
  );
  const keep = await connect({ url });
  const points = projection('p', { from: tableLog('e', { key: ['who'], subject: 'who', ...flat }), score: kicktipp });
  const ranked = board('p', { of: points, add: 'sum' });
  await keep.run(points, { where: { who: 'GERMANY' }, inline: true });
  const nobody = (await keep.status(points)).processed;
  await keep.run(points, { inline: true });
  const around = [await keep.around(ranked, 'GERRY'), await keep.around(ranked, 'GER')];
  await keep.stop();
  expect(nobody).toBe(0);
  expect(around.map((entries) => entries.length)).toEqual([0, 2]);
});

test('a process that knew a board before it was switched says so instead of showing other columns', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 3 });
  const [one, other] = [await connect({ url }), await connect({ url })];
  const { points, overall } = contest();
  await one.run(points, { inline: true });
  await other.top(overall);
  const second = projection('points', { from: points.from, score: kicktipp, version: 2 });
  await one.run(second, { inline: true });
  await one.switchBoard(board('overall', { of: second, add: 'sum' }));
  const told = await other.top(overall).catch((error: unknown) => error);
  await Promise.all([one.stop(), other.stop()]);
  expect(told).toMatchObject({ code: 'PROJECTION_CHANGED' });
});

test('of two who switched a board at once, the second took it from under the slices of where it stood by then', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 3 });
  const keep = await connect({ url });
  const { points, overall } = contest();
  const versions = [2, 3].map((version) => projection('points', { from: points.from, score: kicktipp, version }));
  for (const one of [points, ...versions]) await keep.run(one, { inline: true });
  await keep.top(overall);
  const switches = versions.map((of) => board('overall', { of, add: 'sum' }));
  const second = (await sql(url, 'select id from scorekeep.projection where version = 2'))[0]?.['id'] as number;
  const standsOnSecond = `select projection = ${second} as holds from scorekeep.board`;
  const held = await onDatabase(url, (reader) =>
    onDatabase(url, async (slice) => {
      await reader.query('begin; lock table scorekeep.standing_overall in access share mode');
      const first = keep.switchBoard(switches[0] as Board);
      await expect.poll(() => waiting(url), { timeout: 20_000 }).toBe(1);
      let isOver = false;
      const next = keep.switchBoard(switches[1] as Board).then(() => (isOver = true));
      await expect.poll(() => waiting(url), { timeout: 20_000 }).toBe(2);
      await slice.query('begin');
      const begun = slice.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, second]);
      await expect.poll(() => waiting(url), { timeout: 20_000 }).toBe(3);
      await reader.query('rollback');
      await Promise.all([first, begun]);
      const waits = `select 1 from pg_locks where locktype = 'advisory' and objid = ${second} and not granted`;
      await expect.poll(async () => isOver || (await sql(url, waits)).length === 1, { timeout: 20_000 }).toBe(true);
      const { rows } = await slice.query(standsOnSecond);
      await slice.query('commit');
      await next;
      return rows;
    }),
  );
  const entries = await keep.top(switches[1] as Board);
  await keep.stop();
  expect(held).toEqual([{ holds: true }]);
  expect(entries).toHaveLength(5);
});

const ONE = `where fixture_ref = md5('fixture 1')::uuid and player_ref = md5('player 1')::uuid`;
const everything = { lo: null, hi: null, after: null, upTo: null, scope: {} };

describe.each([
  ['sql', (keep: Keep, tx: Sql): Promise<unknown> => keep.run(contest('sql').points, { inline: true, tx })],
  ['js', (keep: Keep, tx: Sql) => keep.run(contest('js').points, { inline: true, tx })],
  [
    'that fails',
    async (_: Keep, tx: Sql) =>
      tableFold('scorekeep', await load(tx, 'scorekeep', 1, 'sql'), async () => undefined).park(
        tx,
        ['stale'],
        everything,
      ),
  ],
])('a correction (%s) kept what its snapshot had instead of the score that it replaced', (_, corrected) => {
  test.each([
    [
      'a parked item was scored',
      `update scorekeep.score_points_v1 set milli = null, reason = -1 ${ONE}`,
      `update scorekeep.score_points_v1 set milli = 4000, reason = 0 ${ONE}`,
      [{ revision: 1, points: 4 }],
    ],
    [
      'it had been corrected by another',
      'select 1',
      `insert into scorekeep.score_points_v1_history select * from scorekeep.score_points_v1 ${ONE};
       update scorekeep.score_points_v1 set milli = 4000, revision = 2 ${ONE}`,
      [{ revision: 1 }, { revision: 2, points: 4 }],
    ],
  ])('when it waited until %s', async (_, before, meanwhile, kept) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 5, fixtures: 3 });
    const keep = await connect({ url });
    const { points } = contest();
    try {
      await keep.run(points, { inline: true });
      await sql(url, before);
      await onDatabase(url, async (other) => {
        await other.query(`begin; ${meanwhile}`);
        await sql(url, `update fixture set score_h = 9, result_revision = 3 where id = md5('fixture 1')::uuid`);
        const correction = keep.transaction((tx) => corrected(keep, tx));
        await expect.poll(() => waiting(url), { timeout: 20_000 }).toBe(1);
        await other.query('commit');
        await correction;
      });
      const [key] = await sql(url, `select fixture_ref::text, player_ref::text from tip ${ONE}`);
      expect(await keep.history(points, key as Scope)).toMatchObject(kept);
    } finally {
      await keep.stop();
    }
  });
});

test('an item that waits for its result is explained as waiting', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 1, fixtures: 1 });
  const { rows } = await onDatabase(url, async (c) => {
    await c.query('update fixture set score_a = null');
    return c.query('select fixture_ref::text, player_ref::text from tip');
  });
  const keep = await connect({ url });
  const { sentence } = await keep.explain(contest().points, rows[0]);
  await keep.stop();
  expect(sentence).toBe('Not scored yet: resultAway is not known.');
});

test('an inline run in a repeatable-read transaction of the host is refused rather than blind to a new board', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 3 });
  const { points, overall } = contest();
  const keep = await connect({ url });
  try {
    await keep.status(points);
    await onDatabase(url, async (tx) => {
      await tx.query('begin isolation level repeatable read');
      await tx.query('select 1 from tip');
      await keep.top(overall);
      await expect(keep.run(points, { inline: true, tx })).rejects.toMatchObject({
        code: 'ISOLATION_TOO_STRICT',
        fields: { isolation: 'repeatable read' },
      });
      await tx.query('rollback');
    });
    await keep.run(points, { inline: true });
    expect(await judge(url)).toEqual(FLAWLESS);
  } finally {
    await keep.stop();
  }
});

test('a key that is an array is refused by the JavaScript back end, which would never score it', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (client) => client.query('create table pick (numbers int[] primary key, home int, away int)'));
  const log = tableLog('pick', { key: ['numbers'], subject: 'numbers', fields: { home: 'home' } });
  const score: RuleSet = {
    id: 'home',
    version: 1,
    fields: { home: { type: 'int', min: 0, max: 9 } },
    mode: 'first',
    rules: [{ id: 'any', when: true, points: 1000 }],
  };
  const keep = await connect({ url });
  try {
    await expect(keep.status(projection('picks', { from: log, score, backend: 'js' }))).rejects.toMatchObject({
      code: 'WRONG_COLUMN_TYPE',
      fields: { table: 'pick', column: 'numbers' },
    });
  } finally {
    await keep.stop();
  }
});

const sliceOf = (fact: unknown): string => (fact as { slice: string }).slice;

test('a process with one worker worked two slices at a time, since it took those that waited in its own hands for forgotten', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 40, fixtures: 3 });
  const keep = await connect({ url, batchSize: 10 });
  const { points, overall } = contest();
  const working = new Set<string>();
  let [most, sweeps] = [0, 0];
  const channels: readonly [string, (fact: unknown) => void][] = [
    ['scorekeep.slice.started', (fact) => (most = Math.max(most, working.add(sliceOf(fact)).size))],
    ['scorekeep.slice.committed', (fact) => (fact as { done: boolean }).done && working.delete(sliceOf(fact))],
    // On a machine that is busy enough one is given up before the table is let go.
    ['scorekeep.slice.failed', (fact) => working.delete(sliceOf(fact))],
    ['scorekeep.work.swept', () => sweeps++],
  ];
  await keep.top(overall);
  const run = await keep.run(points);
  for (const [channel, listener] of channels) subscribe(channel, listener);
  try {
    await onDatabase(url, async (client) => {
      await client.query('begin; lock table tip in access exclusive mode');
      await keep.start({ projections: [points], boards: [overall], workers: 1 });
      await expect.poll(() => working.size, { timeout: 60_000 }).toBe(1);
      const before = sweeps;
      await expect.poll(() => sweeps, { timeout: 60_000 }).toBeGreaterThan(before + 3);
      await client.query('commit');
    });
    await keep.finished(run);
  } finally {
    for (const [channel, listener] of channels) unsubscribe(channel, listener);
    await keep.stop();
  }
  expect(most).toBe(1);
  expect(await judge(url)).toEqual(FLAWLESS);
});

test('a start that was refused, as for a table that is not there yet, could not be tried again', async () => {
  const { url } = await testDatabase();
  const { points, overall } = contest();
  const keep = await connect({ url });
  const start = () => keep.start({ projections: [points], boards: [overall] });
  try {
    await expect(start()).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
    await createContest(url, { players: 2, fixtures: 2 });
    await start();
    expect(await keep.finished(await keep.run(points))).toMatchObject({ scored: 4 });
    await expect(start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' });
  } finally {
    await keep.stop();
  }
});
