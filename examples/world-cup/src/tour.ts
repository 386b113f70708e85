import { type Guide, runTour } from '@scorekeep/example-contract/tour';
import { readTournament } from './host/tournament.ts';

const ADMIN = '09123456789';
const PREDICTIONS = 20_000;
const POLL_MS = 200;
const { teams, fixtures } = readTournament();

await runTour({
  name: 'world-cup',
  main: new URL('./main.ts', import.meta.url),
  about: 'Starts the world-cup host, takes part in both contests, and has them scored.',
  environment: { ADMIN_PHONES: ADMIN, SEED_PREDICTIONS: String(PREDICTIONS), WORKERS: '2', LOG_LEVEL: 'warn' },
  async show(guide) {
    const token = await signIn(guide, '09120000001');
    const admin = await signIn(guide, ADMIN);
    await predict(guide, token);
    await scoreDraw(guide, token, admin);
    await scoreMatch(guide, token, admin);
    guide.title('Everything was as it should be.');
  },
});

async function signIn({ title, ask }: Guide, phone: string): Promise<string> {
  title(`Signing in ${phone === ADMIN ? 'an administrator' : 'somebody'} by a code`);
  const { accessToken } = await ask('POST /auth/send-otp', { body: { phone }, only: ['message', 'code'] });
  return String(accessToken);
}

async function predict({ title, ask }: Guide, token: string): Promise<void> {
  title('Predicting the draw, and changing one’s mind');
  await ask('PUT /me', { token, body: { name: 'You' } });
  const first = real('A')[0] ?? '';
  const twice = { ...groups(), A: [first, first, ...real('A').slice(2)] };
  await ask('POST /prediction', {
    token,
    body: { predict: { groups: twice } },
    shown: 'a team twice',
    status: 400,
    only: ['code', 'message'],
  });
  await ask('POST /prediction', { token, body: { predict: { groups: groups() } }, shown: '12 groups of 4' });
  const swapped = { ...groups(), A: [real('B')[0], ...real('A').slice(1)], B: [real('A')[0], ...real('B').slice(1)] };
  await ask('POST /prediction', { token, body: { predict: { groups: swapped } }, shown: 'two teams swapped' });
  title('Forecasting the first match');
  await ask('PUT /matches/1/prediction', { token, body: { home: 3, away: 1 } });
}

async function scoreDraw(guide: Guide, token: string, admin: string): Promise<void> {
  const { title, ask } = guide;
  title('The contest closes, the draw becomes known, and every entry is scored');
  await ask('POST /prediction/admin/close', { token: admin });
  await ask('POST /prediction', {
    token,
    body: { predict: { groups: groups() } },
    shown: 'too late',
    status: 409,
    only: ['code', 'message'],
  });
  await ask('POST /prediction/admin/draw', { token: admin, body: { groups: groups() }, shown: 'the real draw' });
  await processed(guide, admin);
  const { totalScore, details } = await ask('GET /prediction/result', { token, only: ['totalScore', 'rank'] });
  expect('points for two teams swapped', totalScore, 80);
  guide.say(String((details as { sentence: string }).sentence));
  await ask('GET /prediction/leaderboard?limit=5', { lines: rows });
  await ask('GET /prediction/around-me', { token, lines: rows });
  await ask('POST /prediction/admin/trigger-prediction-process', { token: admin });
}

async function scoreMatch(guide: Guide, token: string, admin: string): Promise<void> {
  const { title, ask } = guide;
  const [match] = fixtures;
  title(`${match?.home.name} against ${match?.away.name}: kick-off, a result, and a correction`);
  await ask('POST /matches/admin/1/kick-off', { token: admin });
  for (const [home, away, points] of [
    [2, 0, 3],
    [3, 1, 4],
  ] as const) {
    await ask('PUT /matches/admin/1/result', { token: admin, body: { home, away } });
    while (!(await scoredBy(guide, token, points))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    guide.say(`3-1 gets ${points} points.`);
  }
  await ask('GET /matches/around-me', { token, lines: rows });
}

/** Watches the status, in the guide's shape, until every entry is scored. */
async function processed({ ask, say, app }: Guide, admin: string): Promise<void> {
  for (let last = -1; ; ) {
    const answer = await fetch(`${app.url}/prediction/admin/processing-status`, {
      headers: { authorization: `Bearer ${admin}` },
    });
    const { total, pending } = (await answer.json()) as { total: number; pending: number };
    if (total !== PREDICTIONS + 1) throw new Error(`${total} entries instead of ${PREDICTIONS + 1}`);
    if (pending === 0) break;
    if (pending !== last) say(`… ${pending} pending`);
    last = pending;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const only = ['total', 'processed', 'pending', 'queueDepth', 'scored', 'rejected'];
  await ask('GET /prediction/admin/processing-status', { token: admin, only });
}

async function scoredBy({ app }: Guide, token: string, points: number): Promise<boolean> {
  const answer = await fetch(`${app.url}/matches/around-me`, { headers: { authorization: `Bearer ${token}` } });
  const { me, leaderboard } = (await answer.json()) as { me: string; leaderboard: Line[] };
  return leaderboard.find((line) => line.userId === me)?.totalScore === points;
}

interface Line {
  readonly rank: number;
  readonly userId: string;
  readonly name: string;
  readonly totalScore: number;
}

/** The lines of a board, whoever asks marked. */
function rows({ me, leaderboard }: Readonly<Record<string, unknown>>): string[] {
  return (leaderboard as Line[]).map(
    ({ rank, name, totalScore, userId }) =>
      `${`${rank}.`.padStart(6)} ${name.padEnd(24)} ${String(totalScore).padStart(4)}${userId === me ? '  ← you' : ''}`,
  );
}

function real(group: string): string[] {
  return teams.filter((team) => team.group === group.charCodeAt(0) - 64).map(({ id }) => id);
}

function groups(): Record<string, string[]> {
  return Object.fromEntries([...'ABCDEFGHIJKL'].map((name) => [name, real(name)]));
}

function expect(what: string, found: unknown, due: unknown): void {
  if (found !== due) throw new Error(`${what}: ${String(found)} instead of ${String(due)}`);
}
