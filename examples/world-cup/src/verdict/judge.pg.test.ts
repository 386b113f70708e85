import { connect, type Keep } from '@scorekeep/queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { load } from '../host/load.ts';
import { recordResult } from '../host/record.ts';
import { readTournament } from '../host/tournament.ts';
import { contests } from '../pipeline.ts';
import { type Judgement, judge, plantWrongScore } from './judge.ts';

const PREDICTIONS = 6_000;
const contest = contests('sql').kicktipp;
const place = { name: 'kicktipp', contest, schema: 'scorekeep' } as const;
const SCORES = 'scorekeep.score_match_points_v1';
let host: pg.Pool;
let keep: Keep;

beforeAll(async () => {
  const { url } = await testDatabase();
  host = new pg.Pool({ connectionString: url, max: 1 });
  const client = await host.connect();
  const tournament = readTournament();
  await load(client, { tournament, seed: 3, drawEntries: 0, forecasts: PREDICTIONS });
  for (const fixture of tournament.fixtures) await recordResult(client, fixture);
  client.release();
  keep = await connect({ url });
  await keep.start({ projections: [contest.points], boards: [contest.board] });
  await keep.finished(await keep.run(contest.points));
});
afterAll(async () => {
  await keep.stop();
  await host.end();
});

/** The verdict on what a statement does, which is undone afterwards: the pool has one connection. */
async function judgedAfter(spoil: string): Promise<Judgement> {
  await host.query('begin');
  try {
    await host.query(spoil);
    return await judge(host, keep, place);
  } finally {
    await host.query('rollback');
  }
}

test('finds nothing wrong with what the pipeline did, and each reject in its place', async () => {
  const judgement = await judge(host, keep, place);
  expect(judgement).toMatchObject({ total: PREDICTIONS, lost: 0, double: 0, misScored: 0, flawless: true });
  expect(judgement.scored + judgement.rejected).toBe(PREDICTIONS);
  expect(Object.keys(judgement.reasons).length).toBeGreaterThan(3);
  for (const { found, expected } of Object.values(judgement.reasons)) expect(found).toBe(expected);
});

test.each([
  [
    'a score that vanished',
    `delete from ${SCORES} where ctid = (select ctid from ${SCORES} where reason = 0 limit 1)`,
    { lost: 1 },
  ],
  [
    'a prediction that is parked',
    `update ${SCORES} set reason = -1, milli = null where ctid = (select ctid from ${SCORES} where reason = 0 limit 1)`,
    { lost: 1 },
  ],
  [
    'a board that missed a score',
    `update scorekeep.standing_overall set scored = scored - 1 where subject = (select subject from scorekeep.standing_overall limit 1)`,
    { lost: 1 },
  ],
  [
    'a score without a prediction',
    `insert into ${SCORES} (entrant_ref, fixture_ref, revision, milli) values (gen_random_uuid(), gen_random_uuid(), 1, 0)`,
    { double: 1 },
  ],
  [
    'a board that counted a score twice',
    `update scorekeep.standing_overall set scored = scored + 1, total = total + 2000 where subject = (select subject from scorekeep.standing_overall limit 1)`,
    { double: 1 },
  ],
  [
    'a board with a wrong sum',
    `update scorekeep.standing_overall set total = total + 1 where subject = (select subject from scorekeep.standing_overall limit 1)`,
    { misScored: 1 },
  ],
  [
    'a board with a wrong tie-break',
    `update scorekeep.standing_overall set tie_1 = tie_1 + 1 where subject = (select subject from scorekeep.standing_overall limit 1)`,
    { misScored: 1 },
  ],
  [
    'a reject that was scored',
    `update ${SCORES} set reason = 0, milli = 0 where ctid = (select ctid from ${SCORES} where reason > 0 limit 1)`,
    { misScored: 1 },
  ],
])('finds %s', async (_, spoil, found) => {
  const judgement = await judgedAfter(spoil);
  expect(judgement.flawless).toBe(false);
  expect(judgement).toMatchObject(found);
});

test('finds rejects that have changed their reasons, although their number is right', async () => {
  const judgement = await judgedAfter(
    `update ${SCORES} set reason = (select max(reason) from ${SCORES})
     where ctid = (select ctid from ${SCORES} where reason > 0 order by reason limit 1)`,
  );
  expect(judgement).toMatchObject({ lost: 0, double: 0, misScored: 0, flawless: false });
});

test('finds the score that --plant makes wrong', async () => {
  await host.query('begin');
  await plantWrongScore(host, contest, 'scorekeep');
  const judgement = await judge(host, keep, place);
  await host.query('rollback');
  expect(judgement).toMatchObject({ lost: 0, double: 0, misScored: 1, flawless: false });
});
