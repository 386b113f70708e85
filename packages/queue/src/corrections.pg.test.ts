import { kicktipp } from '@scorekeep/core/contests';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { board } from './boards/board.ts';
import { connect } from './connect.ts';
import type { Keep } from './keep.ts';
import type { Sql } from './postgres/sql.ts';
import type { Projection } from './projections/projection.ts';
import { projection } from './projections/projection.ts';
import { tableLog } from './tables/table-log.ts';
import { contest, createContest, FLAWLESS, judge, onDatabase } from './testing/contest.ts';
import { planOf, sentWhile } from './testing/sent-statements.ts';
import { untilOneWaits } from './testing/until-one-waits.ts';

const correct = (score: number) => (tx: Sql) =>
  tx.query(
    `update fixture set score_h = $1, score_a = 0, result_revision = result_revision + 1 where id = md5('fixture 3')::uuid`,
    [score],
  );
const generous = { ...kicktipp, version: 2, rules: kicktipp.rules.map((rule) => ({ ...rule, points: 9000 })) };

async function scored(work: (keep: Keep, url: string, fixture: string) => Promise<void>): Promise<void> {
  const { url } = await testDatabase();
  await createContest(url, { players: 20, fixtures: 6 });
  const keep = await connect({ url });
  try {
    const { points, overall } = contest();
    await keep.run(points, { inline: true });
    await keep.top(overall);
    const { rows } = await onDatabase(url, (client) => client.query(`select md5('fixture 3')::uuid::text as id`));
    await work(keep, url, rows[0].id);
  } finally {
    await keep.stop();
  }
}

test('a correction keeps what it replaces', async () => {
  await scored(async (keep, url, fixture) => {
    const { points } = contest();
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select player_ref::text as player, milli from scorekeep.score_points_v1 where fixture_ref = $1 order by milli desc limit 1`,
        [fixture],
      ),
    );
    const key = { fixture_ref: fixture, player_ref: rows[0].player };
    expect(await keep.history(points, key)).toEqual([]);
    await keep.transaction(correct(9));
    await keep.run(points, { where: { fixture_ref: fixture }, inline: true });
    await keep.transaction(correct(8));
    await keep.run(points, { where: { fixture_ref: fixture }, inline: true });
    const past = await keep.history(points, key);
    expect(past).toMatchObject([{ revision: 1, points: rows[0].milli / 1000 }, { revision: 2 }]);
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test('a result that is withdrawn keeps its scores until there is another', async () => {
  await scored(async (keep, url, fixture) => {
    const { points } = contest();
    const before = await keep.status(points);
    await keep.transaction((tx) =>
      tx.query(`update fixture set score_h = null, result_revision = 2 where id = $1`, [fixture]),
    );
    await keep.run(points, { where: { fixture_ref: fixture }, inline: true });
    expect(await keep.status(points)).toEqual(before);
    await keep.transaction(correct(1));
    await keep.run(points, { where: { fixture_ref: fixture }, inline: true });
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test.each(['sql', 'js'] as const)(
  'a match that is called off, then awarded, moves the board once each way and back (%s)',
  async (backend) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 20, fixtures: 6 });
    await onDatabase(url, (client) =>
      client.query(`alter table fixture add column status text not null default 'played'`),
    );
    const keep = await connect({ url });
    const { points: played } = contest(backend);
    const { join } = played.from;
    const points = projection('points', {
      from: { ...played.from, join: join === null ? null : { ...join, fields: { ...join.fields, status: 'status' } } },
      score: {
        ...kicktipp,
        fields: { ...kicktipp.fields, status: { type: 'text', oneOf: ['played', 'cancelled', 'awarded'] } },
        void: ['eq', '$status', ['text', 'cancelled']],
      },
      backend,
    });
    const overall = board('overall', { of: points, add: 'sum', ties: ['exactCount', 'subject'] });
    const becomes = async (status: string, goals: number | null): Promise<void> => {
      await keep.transaction(async (tx) => {
        const { rows } = await tx.query(
          `update fixture set status = $1, score_h = $2, result_revision = result_revision + 1 where id = md5('fixture 3')::uuid returning id`,
          [status, goals],
        );
        last = (await keep.run(points, { where: { fixture_ref: rows[0].id }, tx, inline: true })).id;
      });
    };
    let last = '';
    const standings = async (): Promise<string> => JSON.stringify(await keep.top(overall, { limit: 100 }));
    try {
      await keep.run(points, { inline: true });
      const [before, status] = [await standings(), await keep.status(points)];
      const result = await onDatabase(url, (client) =>
        client.query(`select score_h from fixture where id = md5('fixture 3')::uuid`),
      );
      await becomes('cancelled', 7);
      expect(await keep.status(points)).toMatchObject({ scored: 100, rejected: 20, reasons: { void: 20 } });
      expect(await keep.runStatus(last)).toMatchObject({ scored: 0, rejected: 20, reasons: { void: 20 } });
      expect(await standings()).not.toBe(before);
      await becomes('awarded', 3);
      expect(await judge(url)).toEqual(FLAWLESS);
      // Postponed: without a result it waits, and what was scored stands until there is another.
      await becomes('played', null);
      await becomes('played', result.rows[0].score_h);
      expect(await judge(url)).toEqual(FLAWLESS);
      expect(await standings()).toBe(before);
      expect(await keep.status(points)).toEqual(status);
    } finally {
      await keep.stop();
    }
  },
);

describe('a preview', () => {
  test('of a corrected result tells who moves, and changes nothing', async () => {
    await scored(async (keep, url, fixture) => {
      const { overall } = contest();
      const before = await keep.top(overall, { limit: 20 });
      const preview = await keep.preview(overall, { where: { fixture_ref: fixture }, change: correct(2) });
      expect(await keep.top(overall, { limit: 20 })).toEqual(before);
      expect(await judge(url)).toEqual(FLAWLESS);
      expect(preview.changed).toBeGreaterThan(0);

      await keep.transaction(correct(2));
      await keep.run(overall.of as Projection, { where: { fixture_ref: fixture }, inline: true });
      const after = await keep.top(overall, { limit: 20 });
      const placeIn = (entries: typeof after, subject: string) => {
        const entry = entries.find((one) => one.subject === subject);
        return entry === undefined ? null : { rank: entry.rank, points: entry.points };
      };
      for (const move of preview.moves) {
        expect(move).toEqual({
          subject: move.subject,
          before: placeIn(before, move.subject),
          after: placeIn(after, move.subject),
        });
      }
      const moved = after.filter(
        (entry) => JSON.stringify(placeIn(before, entry.subject)) !== JSON.stringify(placeIn(after, entry.subject)),
      );
      expect(preview.changed).toBe(moved.length);
      expect(preview.gain + preview.lose).toBeLessThanOrEqual(preview.changed);
    });
  });

  test('of a new version of the rules compares it with the live board and leaves no trace', async () => {
    await scored(async (keep, url) => {
      const { points, overall } = contest();
      const second = projection('points', { from: points.from, score: generous, version: 2 });
      const proposed = board('overall', { of: second, add: 'sum', ties: ['exactCount', 'subject'] });
      const before = await keep.top(overall, { limit: 20 });
      const preview = await keep.preview(proposed);
      expect(preview.gain).toBe(20);
      expect(preview.lose).toBe(0);
      expect(await keep.top(overall, { limit: 20 })).toEqual(before);
      const { rows } = await onDatabase(url, (client) =>
        client.query(
          `select to_regclass('scorekeep.score_points_v2') as second, (select count(*)::int from scorekeep.projection) as projections`,
        ),
      );
      expect(rows).toEqual([{ second: null, projections: 1 }]);
    });
  });

  test('of more items than it may score is refused', async () => {
    await scored(async (keep) => {
      const { points } = contest();
      const second = projection('points', { from: points.from, score: generous, version: 2 });
      const proposed = board('overall', { of: second, add: 'sum' });
      await expect(keep.preview(proposed, { limit: 100 })).rejects.toMatchObject({ code: 'INLINE_TOO_LARGE' });
    });
  });
});

test('a new version scores beside the old one, takes the place of its board when it is complete, and gives it back', async () => {
  await scored(async (keep, url) => {
    const { points, overall } = contest();
    const second = projection('points', { from: points.from, score: generous, version: 2 });
    const proposed = board('overall', { of: second, add: 'sum', ties: ['exactCount', 'subject'] });
    const before = await keep.top(overall, { limit: 20 });
    await expect(keep.top(proposed)).rejects.toMatchObject({ code: 'PROJECTION_CHANGED' });
    await expect(keep.switchBoard(proposed)).rejects.toMatchObject({ code: 'NOT_READY' });
    await keep.run(second, { inline: true });
    await keep.switchBoard(proposed);
    const after = await keep.top(proposed, { limit: 20 });
    expect(after[0]?.points).toBeGreaterThan(before[0]?.points ?? 0);
    await keep.switchBoard(overall);
    expect(await keep.top(overall, { limit: 20 })).toEqual(before);
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test.each(['match', 'everything'])(
  'a correction was lost while a transaction scored from the old result what the run of the correction was about (%s)',
  async (scope) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 20, fixtures: 6 });
    const keep = await connect({ url });
    try {
      const { points, overall } = contest();
      await keep.top(overall);
      await onDatabase(url, async (client) => {
        const { rows } = await client.query(
          `select md5('player 1')::uuid::text as player, md5('fixture 3')::uuid::text as fixture`,
        );
        const [{ player, fixture }] = rows;
        await client.query('begin');
        await keep.run(points, { where: { player_ref: player }, tx: client, inline: true });
        await keep.transaction(correct(0));
        const run = await keep.run(points, scope === 'match' ? { where: { fixture_ref: fixture } } : {});
        await client.query('commit');
        await keep.start({ projections: [points], boards: [overall] });
        await keep.finished(run);
      });
      expect(await judge(url)).toMatchObject({ double: 0, misScored: 0, misRanked: 0 });
    } finally {
      await keep.stop();
    }
  },
);

test('a board was never ready to be switched to where corrections keep the first score', async () => {
  await scored(async (keep) => {
    const { points } = contest();
    const kept = projection('kept', { from: points.from, score: { ...kicktipp, policies: { correction: 'keep' } } });
    const standing = board('kept', { of: kept, add: 'sum' });
    await keep.run(kept, { inline: true });
    const before = await keep.top(standing);
    await keep.transaction(correct(9));
    await keep.switchBoard(standing);
    expect(await keep.top(standing)).toEqual(before);
  });
});

test.each(['sql', 'js'] as const)(
  'a correction of a row that has another owner since moved the points of the new one (%s)',
  async (backend) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 2, fixtures: 2 });
    await onDatabase(url, (client) =>
      client.query(`create table pick (id int primary key, owner text not null, home int, away int, fixture uuid);
        insert into pick select n, 'ann', 1, 0, md5('fixture 1')::uuid from generate_series(1, 3) n`),
    );
    const picks = tableLog('pick', {
      key: ['id'],
      subject: 'owner',
      fields: { home: 'home', away: 'away' },
      join: {
        table: 'fixture',
        on: { fixture: 'id' },
        revision: 'result_revision',
        fields: { resultHome: 'score_h', resultAway: 'score_a' },
      },
    });
    const points = projection('picked', { from: picks, score: kicktipp, backend });
    const made = board('picked', { of: points, add: 'sum', ties: ['subject'] });
    const keep = await connect({ url });
    const lines = async () => (await keep.top(made)).map(({ subject, points }) => [subject, points]);
    try {
      await keep.top(made);
      await keep.run(points, { inline: true });
      await onDatabase(url, (client) =>
        client.query(`update pick set owner = 'bob' where id = 1;
          update fixture set score_h = 5, result_revision = 2 where id = md5('fixture 1')::uuid`),
      );
      await keep.run(points, { inline: true });
      expect(await lines()).toEqual([['ann', 6]]);
      // As the scores say, whose rows they were.
      await keep.switchBoard(made);
      expect(await lines()).toEqual([['ann', 6]]);
    } finally {
      await keep.stop();
    }
  },
);

test.each(['sql', 'js'] as const)(
  'a parked item that was tried again while a correction parked it went back to the old revision, and no correction came through any more (%s)',
  async (backend) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 1, fixtures: 1 });
    const { points, overall } = contest(backend);
    const keep = await connect({ url });
    const corrected = 'update fixture set score_h = score_h + 1, result_revision = result_revision + 1';
    const scores = 'scorekeep.score_points_v1';
    const columns = 'fixture_ref, player_ref, revision, milli, fired, reason, tie_1';
    const run = () => keep.transaction((tx) => keep.run(points, { tx, inline: true }));
    try {
      await keep.top(overall);
      await onDatabase(url, async (client) => {
        await client.query(
          `insert into ${scores} (fixture_ref, player_ref, revision, reason) select fixture_ref, player_ref, 1, -1 from tip`,
        );
        await client.query(`begin; ${corrected}`);
        await client.query(
          `insert into ${scores}_history (${columns}) select ${columns} from ${scores}; update ${scores} set revision = 2`,
        );
        const retry = run();
        await untilOneWaits(client);
        await client.query('commit');
        await retry;
      });
      await run();
      expect(await judge(url)).toEqual(FLAWLESS);
      await onDatabase(url, (client) => client.query(corrected));
      await run();
      expect(await judge(url)).toEqual(FLAWLESS);
    } finally {
      await keep.stop();
    }
  },
);

test('a score whose revision had gone back, as by a second try before, could not be corrected any more', async () => {
  await scored(async (keep, url) => {
    const { points } = contest();
    await keep.transaction(correct(1));
    await keep.run(points, { inline: true });
    await onDatabase(url, (client) =>
      client.query(`update scorekeep.score_points_v1 set revision = 1 where fixture_ref = md5('fixture 3')::uuid`),
    );
    await keep.transaction((tx) => keep.run(points, { tx, inline: true }));
    await keep.transaction(correct(2));
    await keep.transaction((tx) => keep.run(points, { tx, inline: true }));
    expect(await judge(url)).toEqual(FLAWLESS);
  });
});

test('a corrected slice between two UUIDs of one bucket of the statistics compared each of its items with each of its scores', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 2000, fixtures: 1 });
  await onDatabase(url, (client) => client.query('alter table tip alter player_ref set statistics 5'));
  const keep = await connect({ url, batchSize: 40 });
  try {
    const { points } = contest();
    await keep.run(points, { inline: true });
    await onDatabase(url, (client) =>
      client.query(
        'update fixture set result_revision = 2; analyze; alter table scorekeep.score_points_v1 alter player_ref set statistics 5; analyze',
      ),
    );
    const sent = await sentWhile(() => keep.run(points, { inline: true }));
    const corrections = sent.filter(({ text }) => /^with item[\s\S]*for update of s/.test(text));
    expect(corrections.length).toBeGreaterThan(20);
    await onDatabase(url, async (client) => {
      for (const one of corrections)
        expect(await planOf(client, one)).not.toMatch(/Join Filter: .*player_ref = \w+\.player_ref/);
    });
  } finally {
    await keep.stop();
  }
});
