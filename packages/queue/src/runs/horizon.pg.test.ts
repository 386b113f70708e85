import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { load } from '../projections/register.ts';
import type { Want } from '../slices/fold.ts';
import { tableFold } from '../tables/table-fold.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';
import { readHorizon } from './horizon.ts';

const EVERYTHING = { lo: null, hi: null, after: null, upTo: null, scope: {} };
const LATE_TIPS = `insert into tip (fixture_ref, player_ref, goals_h, goals_a) select id, md5('late')::uuid, 1, 0 from fixture`;

interface Left {
  readonly believed: boolean;
  readonly sinceHorizon: readonly Want[];
  readonly inAll: readonly Want[];
}

/**
 * Starts a run, scores what it can see, then lets `happen` do what no slice has seen, and asks what is left: once
 * by what changed since the horizon of the run, once by looking at everything.
 */
async function leftAfter(
  happen: (client: pg.Client) => Promise<unknown>,
  { before = async () => undefined }: { before?: (client: pg.Client) => Promise<unknown> } = {},
): Promise<Left> {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const { points } = contest();
  const keep = await connect({ url });
  try {
    return await onDatabase(url, async (client) => {
      await before(client);
      const run = await keep.run(points);
      await keep.transaction((tx) => keep.run(points, { inline: true, tx }));
      await happen(client);
      const { rows } = await client.query('select id from scorekeep.projection');
      const fold = tableFold('scorekeep', await load(client, 'scorekeep', rows[0].id, 'sql'), async () => undefined);
      const horizon = await readHorizon(client, 'scorekeep', run.id);
      return {
        believed: horizon !== undefined,
        sinceHorizon: await fold.left(client, ['new'], EVERYTHING, horizon),
        inAll: await fold.left(client, ['new'], EVERYTHING),
      };
    });
  } finally {
    await keep.stop();
  }
}

const FOUND: Left = { believed: true, sinceHorizon: ['new'], inAll: ['new'] };
const NOTHING: Left = { believed: true, sinceHorizon: [], inAll: [] };

describe('the last look of a run sees all that its slices could not', () => {
  test('nothing, when nothing happened', async () => {
    expect(await leftAfter(async () => undefined)).toEqual(NOTHING);
  });

  test('rows of a transaction that was begun before the run and committed after its slices', async () => {
    const begun = { before: (client: pg.Client) => client.query(`begin; ${LATE_TIPS}`) };
    expect(await leftAfter((client) => client.query('commit'), begun)).toEqual(FOUND);
  });

  test('rows written in a savepoint of such a transaction', async () => {
    const begun = { before: (client: pg.Client) => client.query(`begin; savepoint s; ${LATE_TIPS}; release s`) };
    expect(await leftAfter((client) => client.query('commit'), begun)).toEqual(FOUND);
  });

  test('rows of such a transaction that are frozen by a vacuum before the look', async () => {
    const late = async (client: pg.Client): Promise<void> => {
      await client.query('commit');
      await client.query('vacuum (freeze) tip');
    };
    const begun = { before: (client: pg.Client) => client.query(`begin; ${LATE_TIPS}`) };
    expect(await leftAfter(late, begun)).toEqual(FOUND);
  });

  test('a row whose result arrived meanwhile', async () => {
    const before = (client: pg.Client) =>
      client.query(`update fixture set score_h = null where id = md5('fixture 1')::uuid`);
    const arrives = (client: pg.Client) => client.query('update fixture set score_h = 1 where score_h is null');
    expect(await leftAfter(arrives, { before })).toEqual(FOUND);
  });

  test('a row that froze meanwhile', async () => {
    let left = NOTHING;
    // On a busy machine the rows may freeze before anything is scored; then they need more time.
    for (let seconds = 0.5; left.inAll.length === 0; seconds *= 2) {
      const before = (client: pg.Client) =>
        client.query(
          `update tip set locked_at = now() + ${seconds} * interval '1 second' where player_ref = md5('player 1')::uuid`,
        );
      const passes = async (client: pg.Client): Promise<void> => {
        const due = 'select bool_and(locked_at <= clock_timestamp()) as due from tip';
        await expect.poll(async () => (await client.query(due)).rows[0].due, { timeout: 60_000 }).toBe(true);
      };
      left = await leftAfter(passes, { before });
    }
    expect(left).toEqual(FOUND);
  });
});

test.each([
  ['renamed into the place of the log', 'alter table tip rename to tip_old; alter table tip_staged rename to tip'],
  ['attached to the log', 'alter table tip_staged inherit tip'],
])('rows of a table that was loaded before the run and %s meanwhile are found, old as they are', async (_, change) => {
  const before = (client: pg.Client) =>
    client.query(`
      create table tip_staged (like tip including all); insert into tip_staged select * from tip;
      insert into tip_staged (fixture_ref, player_ref, goals_h, goals_a) select id, md5('staged')::uuid, 1, 0 from fixture`);
  expect(await leftAfter((client) => client.query(change), { before })).toEqual(FOUND);
});

test('a run of a role that may read only the columns it needs ends', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 5, fixtures: 5 });
  const role = `columns_only_${Date.now()}`;
  await onDatabase(url, (client) =>
    client.query(`
      create role ${role} login password 'x'; grant create on database "${new URL(url).pathname.slice(1)}" to ${role};
      grant select (fixture_ref, player_ref, goals_h, goals_a, locked_at) on tip to ${role};
      grant select (id, score_h, score_a, result_revision) on fixture to ${role}`),
  );
  const limited = new URL(url);
  limited.username = role;
  limited.password = 'x';
  const keep = await connect({ url: limited.href });
  const { points } = contest();
  try {
    await keep.start({ projections: [points] });
    expect(await keep.finished(await keep.run(points))).toMatchObject({ state: 'finished', scored: 25 });
  } finally {
    await keep.stop();
    await onDatabase(url, (client) => client.query(`drop owned by ${role}; drop role ${role}`));
  }
});

test('a horizon that was restored from a dump is not believed, since transaction ids mean nothing elsewhere', async () => {
  const restored = (client: pg.Client) =>
    client.query(`
      create temporary table dump as table scorekeep.run_horizon;
      delete from scorekeep.run_horizon; insert into scorekeep.run_horizon table dump;
      ${LATE_TIPS}`);
  expect(await leftAfter(restored)).toEqual({ ...FOUND, believed: false });
});
