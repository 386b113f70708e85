import { accessToken, ask, hostContract, type Judgement, type Started } from '@scorekeep/example-contract';
import type pg from 'pg';
import { ADMIN_PHONE, adminTokens, predict, REAL_DRAW, WRONG_DRAW } from './testing/predict.ts';

const phone = (round: number, i: number): string => `0912${String(round * 100 + i).padStart(7, '0')}`;
const admin = adminTokens();

hostContract({
  name: 'world-cup',
  main: new URL('./main.ts', import.meta.url),
  worker: new URL('./worker.ts', import.meta.url),
  environment: { ADMIN_PHONES: ADMIN_PHONE, SEED_PREDICTIONS: '2000', PREDICTION_BATCH_SIZE: '100' },
  secrets: ['09120000', 'Bearer ', ADMIN_PHONE],

  async handIn(app, round) {
    const sent = await Promise.allSettled(
      [REAL_DRAW, WRONG_DRAW].map((groups, i) => predict(app, phone(round, i), groups)),
    );
    return sent.filter((one) => one.status === 'fulfilled' && one.value.status === 200).length;
  },

  /** Closes the contest the first time round; the draw recorded again is a correction that changes no score. */
  async process(app, database) {
    // The contest stays open between the rounds: only its entries are locked, which is what scoring waits for.
    await database.query('update draw_entry set locked_at = now() where locked_at > now()');
    const { rows } = await database.query<{ drawn: boolean }>('select group_of is not null as drawn from draw_contest');
    const token = await admin(app);
    if (rows[0]?.drawn) return trigger(app, token);
    await database.query('update draw_contest set closes_at = now()');
    const { status } = await ask(`${app.url}/prediction/admin/draw`, {
      method: 'POST',
      token,
      body: { groups: REAL_DRAW },
    });
    if (status !== 200) throw new Error(`The draw was answered with ${status}`);
    await database.query(`update draw_contest set closes_at = now() + interval '1 day'`);
  },

  statements: { app: '^insert into draw_entry', worker: 'insert into \\S*score_draw_points_v1' },
  judge: (database) => judge(database, 1),
  newer: { environment: { DRAW_RULES_VERSION: '2' }, judge: (database) => judge(database, 2) },

  async badRequests(app) {
    const token = await accessToken(app.url, phone(99, 1));
    const post = (what: string, groups: unknown, code: string) =>
      ({ what, method: 'POST', path: '/prediction', token, body: { predict: { groups } }, status: 400, code }) as const;
    const [first = ''] = REAL_DRAW['A'] ?? [];
    return [
      { what: 'nobody', path: '/prediction/result', status: 401, code: 'UNAUTHENTICATED' },
      {
        what: 'nobody, to a dead letter whose id is none',
        path: '/prediction/admin/dead-letters/draw/x',
        status: 401,
        code: 'UNAUTHENTICATED',
      },
      {
        what: 'a dead letter whose id is none',
        path: '/prediction/admin/dead-letters/draw/x',
        token: await admin(app),
        status: 404,
        code: 'NOT_FOUND',
      },
      {
        what: 'a stranger',
        path: '/prediction/admin/processing-status',
        token: 'x.y',
        status: 401,
        code: 'UNAUTHENTICATED',
      },
      { what: 'no administrator', path: '/prediction/admin/processing-status', token, status: 403, code: 'FORBIDDEN' },
      { what: 'no entry', path: '/prediction/result', token, status: 404, code: 'NO_PREDICTION' },
      { what: 'no JSON', method: 'POST', path: '/prediction', token, body: '{', status: 400, code: 'BODY_INVALID' },
      {
        what: 'no JSON at all',
        method: 'POST',
        path: '/prediction',
        body: 'x',
        headers: { 'content-type': 'text/plain' },
        status: 415,
        code: 'MEDIA_TYPE_UNSUPPORTED',
      },
      {
        what: 'a body too large',
        method: 'POST',
        path: '/prediction',
        body: 'x'.repeat(70_000),
        status: 413,
        code: 'BODY_TOO_LARGE',
      },
      {
        what: 'a poisoned prototype',
        method: 'POST',
        path: '/prediction',
        body: '{"__proto__":{}}',
        status: 400,
        code: 'BODY_INVALID',
      },
      {
        what: 'no groups',
        method: 'POST',
        path: '/prediction',
        token,
        body: { predict: 1 },
        status: 400,
        code: 'INVALID_PREDICTION_FORMAT',
      },
      post('no group at all', {}, 'INVALID_PREDICTION_FORMAT'),
      post('a group too few', { ...REAL_DRAW, L: undefined }, 'INVALID_PREDICTION_FORMAT'),
      post('a group too many', { ...REAL_DRAW, M: [] }, 'INVALID_PREDICTION_FORMAT'),
      post('a team too few', { ...REAL_DRAW, A: REAL_DRAW['A']?.slice(1) }, 'INVALID_PREDICTION_FORMAT'),
      post('a team twice', { ...REAL_DRAW, A: [first, first, ...(REAL_DRAW['A'] ?? []).slice(2)] }, 'DUPLICATE_TEAMS'),
      post(
        'a team that is none',
        { ...REAL_DRAW, A: ['\u0000', ...(REAL_DRAW['A'] ?? []).slice(1)] },
        'INVALID_TEAM_UUID',
      ),
      { what: 'a limit too large', path: '/prediction/leaderboard?limit=101', status: 400, code: 'LIMIT_INVALID' },
      { what: 'two limits', path: '/prediction/leaderboard?limit=1&limit=2', status: 400, code: 'INPUT_INVALID' },
      {
        what: 'a match that is none',
        method: 'PUT',
        path: '/matches/105/prediction',
        token,
        body: { home: 1, away: 1 },
        status: 404,
        code: 'NO_MATCH',
      },
      {
        what: 'goals that are none',
        method: 'PUT',
        path: '/matches/1/prediction',
        token,
        body: { home: '1', away: -1 },
        status: 400,
        code: 'INPUT_INVALID',
      },
      {
        what: 'a name of nothing',
        method: 'PUT',
        path: '/me',
        token,
        body: { name: '\u0000 ' },
        status: 400,
        code: 'NAME_INVALID',
      },
    ];
  },
});

const trigger = (app: Started, token: string): Promise<unknown> =>
  ask(`${app.url}/prediction/admin/trigger-prediction-process`, { method: 'POST', token });

/** By the entries themselves: who has the real draw has 100 points, who has the wrong one 0; seeds at least a state. */
async function judge(database: pg.Pool, version: number): Promise<Judgement> {
  const board = version === 1 ? 'standing_draw' : `standing_draw_${version}`;
  const real = Object.values(REAL_DRAW).flat();
  const wrong = Object.values(WRONG_DRAW).flat();
  const { rows } = await database.query<Record<keyof Judgement, number>>(
    `with picked as (
       select e.entrant_id, e.locked_at <= now() as frozen, t.ids from draw_entry e
       left join lateral (select array_agg(team_id::text order by place) as ids
         from unnest(e.picks) with ordinality as pick (number, place) join team using (number)) t on true
     )
     select count(*) filter (where ids = $1 or ids = $2)::int as acknowledged,
       count(*) filter (where s.entrant_id is null or s.reason < 0)::int as pending,
       count(*) filter (where s.reason = 0 and b.subject is null)::int as lost,
       count(*) filter (where b.scored > 1)::int as double,
       count(*) filter (where s.reason = 0 and (s.milli is distinct from b.total or
         (ids = $1 and s.milli <> 100000) or (ids = $2 and s.milli <> 0)))::int as wrong
     from picked e left join scorekeep.score_draw_points_v${version} s using (entrant_id)
     left join scorekeep.${board} b on b.subject = e.entrant_id`,
    [real, wrong],
  );
  const [found] = rows;
  if (found === undefined) throw new Error('The judge counted nothing.');
  return found;
}
