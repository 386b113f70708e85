import { kicktipp } from '@scorekeep/core/contests';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import { projection } from '../projections/projection.ts';
import { contest, createContest, onDatabase } from '../testing/contest.ts';
import { planOf, type SentStatement, sentWhile } from '../testing/sent-statements.ts';

test('whether a run would find anything is known before, without a run, and again after a correction', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 10, fixtures: 3 });
  const keep = await connect({ url });
  const sql = (text: string) => onDatabase(url, async (client) => (await client.query(text)).rows);
  const runs = async () => (await sql('select count(*)::int as n from scorekeep.run'))[0]?.n;
  try {
    const { points } = contest();
    const [{ id: fixture }] = await sql(`select md5('fixture 1')::uuid::text as id`);
    const first = { where: { fixture_ref: fixture } };
    expect(await keep.unscored(points)).toBe(true);
    expect(await keep.unscored(points, first)).toBe(true);
    expect(await runs()).toBe(0);
    await keep.run(points, { inline: true });
    expect(await keep.unscored(points)).toBe(false);
    expect(await keep.unscored(points, first)).toBe(false);
    await sql(`update fixture set score_h = 9, result_revision = 2 where id = '${fixture}'`);
    expect(await keep.unscored(points)).toBe(true);
    await keep.run(points, { inline: true });
    // What is not frozen yet, or has no result, is nothing to score.
    await sql(`update tip set locked_at = now() + interval '1 day' where fixture_ref = '${fixture}'`);
    await sql(`insert into fixture (id) values (md5('fixture 4')::uuid)`);
    await sql(
      `insert into tip (fixture_ref, player_ref, goals_h, goals_a) values (md5('fixture 4')::uuid, md5('player 1')::uuid, 1, 0)`,
    );
    expect(await keep.unscored(points)).toBe(false);
    await expect(keep.unscored(points, { where: { fixture: 1 } })).rejects.toThrow(
      expect.objectContaining({ code: 'UNKNOWN_COLUMN' }),
    );
    expect(await runs()).toBe(2);
  } finally {
    await keep.stop();
  }
});

test.each([
  ['of the key', 'player_ref'],
  ['beside the key', 'team'],
])(
  'a look over scores that had no statistics yet took a minute: each of 5 000 000 was looked up by itself (subject %s)',
  async (_, subject) => {
    const { url } = await testDatabase();
    await createContest(url, { players: 100, fixtures: 20 });
    await onDatabase(url, (client) => client.query('alter table tip add team int not null default 1; analyze'));
    const keep = await connect({ url });
    try {
      const { points } = contest();
      const looked = projection('looked', { from: { ...points.from, subject }, score: kicktipp });
      await keep.run(looked, { inline: true });
      const [look] = (await sentWhile(() => keep.unscored(looked))).filter(({ text }) => text.includes('new_left'));
      await onDatabase(url, async (client) => {
        const plan = await planOf(client, look as SentStatement);
        expect(plan).toContain('Anti Join');
        expect(plan).not.toContain('Nested Loop Anti Join');
      });
    } finally {
      await keep.stop();
    }
  },
);

test('a look at a match of which the statistics of the scores knew nothing compared each prediction with each score', async () => {
  const { url } = await testDatabase();
  await createContest(url, { players: 300, fixtures: 8 });
  const keep = await connect({ url });
  try {
    const { points } = contest();
    const last = await onDatabase(url, async (client) => {
      await client.query(
        `update fixture set score_h = null where id = md5('fixture 8')::uuid; analyze tip; analyze fixture`,
      );
      return (await client.query(`select md5('fixture 8')::uuid::text as id`)).rows[0].id;
    });
    await keep.run(points, { inline: true });
    await onDatabase(url, (client) =>
      client.query(
        `analyze scorekeep.score_points_v1; update fixture set score_h = 1 where id = md5('fixture 8')::uuid`,
      ),
    );
    const where = { fixture_ref: last };
    const sent = await sentWhile(async () => {
      await keep.run(points, { where, inline: true });
      expect(await keep.unscored(points, { where })).toBe(false);
    });
    const about = sent.filter(({ text }) => /left|with item/.test(text));
    expect(about.length).toBeGreaterThan(2);
    await onDatabase(url, async (client) => {
      for (const one of about)
        expect(await planOf(client, one)).not.toMatch(/Join Filter: .*player_ref = \w+\.player_ref/);
    });
  } finally {
    await keep.stop();
  }
});
