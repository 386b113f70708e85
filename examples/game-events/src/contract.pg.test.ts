import { accessToken, ask, hostContract, type Started } from '@scorekeep/example-contract';
import { earned, ended, launched } from './testing/events.ts';
import { judge } from './verdict.ts';

const SECRET = 'a-nickname-that-is-in-no-log';

hostContract({
  name: 'game-events',
  main: new URL('./main.ts', import.meta.url),
  worker: new URL('./worker.ts', import.meta.url),
  secrets: [SECRET, 'Bearer '],

  handIn,
  statements: { app: 'insert into \\S*events_game', worker: 'insert into processed' },
  judge,
  // A newer release of the events, whose games the old one must leave alone; and the guide's two phases: one process queues,
  // and one processes directly.
  newer: {
    environment: { EVENT_PROCESSING: 'direct', GAME_ENDED_VERSION: '2' },
    handIn: (app, round) => handIn(app, round, { event_version: 2, continues_used: 1 }),
    judge,
  },

  async badRequests(app) {
    const token = await accessToken(app.url, '+4915100000001');
    const post = { method: 'POST', path: '/api/events' } as const;
    return [
      { what: 'no JSON', ...post, body: '{', status: 400, code: 'BODY_INVALID' },
      {
        what: 'an empty body',
        ...post,
        headers: { 'content-type': 'application/json' },
        status: 400,
        code: 'BODY_INVALID',
      },
      { what: 'a poisoned prototype', ...post, body: '{"__proto__":{}}', status: 400, code: 'BODY_INVALID' },
      { what: 'a body too large', ...post, body: 'x'.repeat(1_100_000), status: 413, code: 'BODY_TOO_LARGE' },
      {
        what: 'no JSON at all',
        ...post,
        body: 'x',
        headers: { 'content-type': 'text/plain' },
        status: 415,
        code: 'MEDIA_TYPE_UNSUPPORTED',
      },
      { what: 'a span that is none', path: '/api/events/stats?timeframe=1y', status: 400, code: 'INPUT_INVALID' },
      { what: 'a limit that is none', path: '/api/events/recent?limit=-1', status: 400, code: 'INPUT_INVALID' },
      { what: 'a limit beyond', path: '/api/v2/leaderboard/global?limit=101', status: 400, code: 'INPUT_INVALID' },
      { what: 'no player', path: '/api/v2/prizes/pending', status: 400, code: 'INPUT_INVALID' },
      {
        what: 'a tournament that is none',
        path: '/api/v2/tournaments/weekly_1/leaderboard',
        status: 404,
        code: 'TOURNAMENT_NOT_FOUND',
      },
      {
        what: 'prizes of a tournament that is none',
        path: '/api/v2/tournaments/weekly_1/prizes',
        status: 404,
        code: 'TOURNAMENT_NOT_FOUND',
      },
      {
        what: 'a player that is two',
        path: '/api/v2/prizes/pending?user_id=ann&user_id=bob',
        status: 400,
        code: 'INPUT_INVALID',
      },
      {
        what: 'a prize that is none',
        method: 'POST',
        path: '/api/v2/prizes/claim',
        body: { prize_id: 'x', user_id: 'y' },
        status: 404,
        code: 'PRIZE_NOT_FOUND',
      },
      {
        what: 'a claim of nothing',
        method: 'POST',
        path: '/api/v2/prizes/claim',
        body: {},
        status: 400,
        code: 'INPUT_INVALID',
      },
      {
        what: 'nobody',
        method: 'POST',
        path: '/api/events/retry-failed',
        body: {},
        status: 401,
        code: 'UNAUTHENTICATED',
      },
      {
        what: 'no administrator',
        method: 'POST',
        path: '/api/events/cleanup',
        token,
        body: {},
        status: 403,
        code: 'FORBIDDEN',
      },
      {
        what: 'no administrator',
        method: 'POST',
        path: '/api/v2/tournaments/close',
        token,
        body: {},
        status: 403,
        code: 'FORBIDDEN',
      },
    ];
  },
});

async function handIn(app: Started, round: number, release: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const requests = Array.from({ length: 10 }, (_, i) => [
    launched(`player ${i}`, { event_id: `${round}/${i}/launch`, nickname: SECRET }),
    ended(`player ${i}`, round + i, { event_id: `${round}/${i}/end`, ...release }),
    earned(`player ${i}`, 10),
  ]);
  const answers = await Promise.allSettled(
    requests.map((body) => ask(`${app.url}/api/events`, { method: 'POST', body })),
  );
  return answers.reduce((sum, one) => {
    const kept = one.status === 'fulfilled' ? (one.value.body as { accepted?: number }).accepted : 0;
    return sum + (kept ?? 0);
  }, 0);
}
