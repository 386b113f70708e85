import { accessToken, ask, type Started, startHost } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { ADMIN_PHONE, predict, REAL_DRAW, WRONG_DRAW } from './testing/predict.ts';

let app: Started;
let database: pg.Pool;
let admin: string;
let ann: string;
let bob: string;

beforeAll(async () => {
  const { url } = await testDatabase();
  database = new pg.Pool({ connectionString: url, max: 2 });
  app = await startHost(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: url,
    OTP_DELIVERY: 'response',
    ADMIN_PHONES: ADMIN_PHONE,
  });
  [admin, { token: ann }, { token: bob }] = await Promise.all([
    accessToken(app.url, ADMIN_PHONE),
    predict(app, '09120000001', REAL_DRAW),
    predict(app, '09120000002', WRONG_DRAW),
  ]);
});
afterAll(async () => {
  await app?.end('SIGTERM');
  await database?.end();
});

const as = (token: string) => ({
  get: async (path: string) => (await ask(`${app.url}${path}`, { token })).body as Record<string, unknown>,
  post: (path: string, body?: unknown) => ask(`${app.url}${path}`, { method: 'POST', token, body }),
  put: (path: string, body: unknown) => ask(`${app.url}${path}`, { method: 'PUT', token, body }),
});

/** Asks until the answer is as it should be; the ceiling is the test's own. */
async function eventually(token: string, path: string, answer: object): Promise<void> {
  for (;;) {
    const found = await as(token).get(path);
    try {
      return expect(found).toMatchObject(answer);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('the contest on the draw', () => {
  test('an entry is what was sent last, and its order within a group means nothing', async () => {
    expect(await as(bob).get('/prediction')).toMatchObject({
      predict: { groups: WRONG_DRAW },
      open: true,
      drawn: false,
    });
    expect(await as(bob).get('/prediction/result')).toMatchObject({ processed: false, totalScore: null });
    const turned = Object.fromEntries(Object.entries(REAL_DRAW).map(([name, teams]) => [name, teams.toReversed()]));
    expect((await as(ann).post('/prediction', { predict: { groups: turned } })).body).toMatchObject({ changed: true });
  });

  test('what is no prediction at all is refused with the guide’s code, and not with INPUT_INVALID', async () => {
    const bodies = [{}, { predict: null }, { predict: 1 }, { predict: { groups: [] } }, { groups: {} }, 'null', '[]'];
    for (const body of [...bodies, undefined]) {
      const answer = await as(ann).post('/prediction', body);
      expect(answer, JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { statusCode: 400, code: 'INVALID_PREDICTION_FORMAT', message: expect.any(String) },
      });
    }
  });

  test('nothing changes after the deadline, which is the database’s to tell', async () => {
    expect((await as(admin).post('/prediction/admin/draw', { groups: REAL_DRAW })).body).toMatchObject({
      code: 'CONTEST_OPEN',
    });
    await as(admin).post('/prediction/admin/close');
    const late = await as(bob).post('/prediction', { predict: { groups: REAL_DRAW } });
    expect(late.body).toMatchObject({ statusCode: 409, code: 'PREDICTION_CLOSED' });
    expect(await as(bob).get('/prediction')).toMatchObject({ predict: { groups: WRONG_DRAW }, open: false });
  });

  test('the draw scores everybody, and each learns why by every rule', async () => {
    expect((await as(admin).post('/prediction/admin/draw', { groups: REAL_DRAW })).status).toBe(200);
    await eventually(ann, '/prediction/result', { processed: true, totalScore: 100, rank: 1 });
    const { details } = await as(ann).get('/prediction/result');
    expect(details).toMatchObject({
      points: 100,
      ruleSet: { id: 'draw-contest', version: 1 },
      rules: [
        { id: 'ALL_CORRECT', fired: true, points: 100 },
        { id: 'TWO_MISPLACED', fired: false },
        { id: 'THREE_MISPLACED', fired: false },
        { id: 'IRAN_GROUP_CORRECT', fired: false, holds: true, points: 50 },
        { id: 'PERFECT_GROUP', points: 40 },
        { id: 'THREE_CORRECT', points: 20 },
      ],
    });
    await eventually(bob, '/prediction/result', { processed: true, totalScore: 0, rank: 2 });
    await as(bob).put('/me', { name: 'Bob' });
    const { me, leaderboard } = await as(bob).get('/prediction/around-me');
    expect(leaderboard).toMatchObject([
      { rank: 1, totalScore: 100, name: 'Anonymous' },
      { rank: 2, name: 'Bob', userId: me },
    ]);
  });

  test('the trigger, pressed ten times at once, scores nothing twice', async () => {
    const pressed = await Promise.all(
      Array.from({ length: 10 }, () => as(admin).post('/prediction/admin/trigger-prediction-process')),
    );
    expect(pressed.map(({ status }) => status)).toEqual(pressed.map(() => 200));
    await eventually(admin, '/prediction/admin/processing-status', {
      total: 2,
      processed: 2,
      pending: 0,
      queueDepth: 0,
    });
    const { rows } = await database.query('select max(scored)::int as most from scorekeep.standing_draw');
    expect(rows).toEqual([{ most: 1 }]);
  });
});

describe('the trigger with nothing to do', () => {
  test('says so, makes no run and says not that it started', async () => {
    const runs = async () => (await database.query('select count(*)::int as n from scorekeep.run')).rows[0].n;
    const before = await runs();
    for (let i = 0; i < 2; i++) {
      const { status, body } = await as(admin).post('/prediction/admin/trigger-prediction-process');
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          message: 'nothing to process',
          total: 2,
          processed: 2,
          pending: 0,
          queueDepth: 0,
          queued: 0,
          runs: [],
          started: false,
        },
      });
    }
    expect(await runs()).toBe(before);
  });
});

describe('the contest on scorelines', () => {
  test('a forecast changes until its match is kicked off, and a result needs a match that was', async () => {
    const paths = ['/matches/1/prediction', '/matches/admin/1/result'] as const;
    expect((await as(ann).put(paths[0], { home: 0, away: 0 })).body).toMatchObject({ message: 'prediction saved' });
    expect((await as(ann).put(paths[0], { home: 2, away: 1 })).body).toMatchObject({ message: 'prediction changed' });
    expect((await as(admin).put(paths[1], { home: 2, away: 1 })).body).toMatchObject({ code: 'MATCH_NOT_STARTED' });
    await as(admin).post('/matches/admin/1/kick-off');
    expect((await as(ann).put(paths[0], { home: 3, away: 0 })).body).toMatchObject({ code: 'PREDICTION_CLOSED' });
  });

  test.each([
    [1, 0, 3],
    [2, 1, 4],
    [0, 1, 0],
  ])(
    'the result %i-%i, or the correction to it, gives 2-1 the %i points of Kicktipp’s table',
    async (home, away, points) => {
      expect((await as(admin).put('/matches/admin/1/result', { home, away })).status).toBe(200);
      await eventually(ann, '/matches/around-me', { leaderboard: [{ totalScore: points, predictions: 1 }] });
      expect(await as(ann).get('/matches/1/result')).toMatchObject({
        details: { points, ruleSet: { id: 'kicktipp' } },
      });
    },
  );
});

describe('an administrator', () => {
  test('finds what could not be scored among the dead letters, and sends it back once it is mended', async () => {
    await database.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '23514'; end $$;
      create trigger refuse before insert or update on scorekeep.score_match_points_v1 for each row when (new.milli = 4000) execute function refuse()`);
    await as(bob).put('/matches/2/prediction', { home: 1, away: 1 });
    await as(ann).put('/matches/2/prediction', { home: 2, away: 2 });
    await as(admin).post('/matches/admin/2/kick-off');
    await as(admin).put('/matches/admin/2/result', { home: 1, away: 1 });
    await eventually(ann, '/matches/around-me', { leaderboard: [{ totalScore: 2, predictions: 2 }] });
    await eventually(admin, '/prediction/admin/processing-status', { matches: { parked: 1 } });
    // What waits between the tries, up to a minute, is not waited for here.
    const path = '/prediction/admin/dead-letters/matches';
    for (let count = 0; count === 0; ) {
      await database.query(
        `update scorekeep_jobs.job set start_after = now() where name = 'parked/match_points_v1' and state in ('created', 'retry')`,
      );
      count = Number((await as(admin).get(path))['count']);
    }
    const { deadLetters, confirm } = await as(admin).get(path);
    expect(deadLetters).toMatchObject([{ reason: '23514', from: 'parked/match_points_v1' }]);
    const [{ id }] = deadLetters as [{ id: string }];
    expect(await as(admin).get(`${path}/${id}`)).toMatchObject({ id, payload: expect.anything() });
    expect((await as(bob).post(`${path}/redrive`)).body).toMatchObject({ code: 'FORBIDDEN' });
    const wrong = await as(admin).post(`${path}/purge`, { confirm: `not ${String(confirm)}` });
    expect(wrong.body, 'a purge with a wrong confirmation').toMatchObject({
      statusCode: 400,
      code: 'CONFIRM_INVALID',
      count: 1,
      message: expect.stringContaining(`GET ${path} answers as confirm`),
    });
    expect(await as(admin).get(path)).toMatchObject({ count: 1, confirm });
    await database.query('drop trigger refuse on scorekeep.score_match_points_v1');
    expect((await as(admin).post(`${path}/redrive`)).body).toEqual({ moved: 1 });
    await eventually(bob, '/matches/around-me', { leaderboard: [{ totalScore: 4 }, { totalScore: 2 }] });
    const empty = await as(admin).get(path);
    expect(empty).toMatchObject({ count: 0 });
    expect((await as(admin).post(`${path}/purge`, { confirm: empty['confirm'] })).body).toEqual({
      state: 'purged',
      count: 0,
    });
  });

  test('sees how the points are spread', async () => {
    expect(await as(admin).get('/prediction/admin/statistics')).toMatchObject({
      entrants: 2,
      predictions: 2,
      forecasts: 3,
      results: [
        { points: 100, entrants: 1 },
        { points: 0, entrants: 1 },
      ],
    });
  });
});

test('where the second rules were the first that ran, statistics failed with 500 for want of the guide’s views', async () => {
  const second = await startHost(new URL('./main.ts', import.meta.url), {
    DATABASE_URL: (await testDatabase()).url,
    OTP_DELIVERY: 'response',
    ADMIN_PHONES: ADMIN_PHONE,
    DRAW_RULES_VERSION: '2',
  });
  try {
    const token = await accessToken(second.url, ADMIN_PHONE);
    const { status, body } = await ask(`${second.url}/prediction/admin/statistics`, { token });
    expect([status, body]).toEqual([200, expect.objectContaining({ predictions: 0, results: [] })]);
  } finally {
    await second.end('SIGTERM');
  }
});
