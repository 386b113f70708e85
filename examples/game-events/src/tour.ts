import { accessToken, type Started, startHost } from '@scorekeep/example-contract/start-host';
import { type Guide, runTour } from '@scorekeep/example-contract/tour';
import { startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';
import { hundredAtOnce, type LoadReport, thousandTimesTwo } from './load/guide-load.ts';
import { ended } from './testing/events.ts';
import { judge } from './verdict.ts';

// `npm run demo -- game-events`: an app and two workers under the guide's load, one of them killed amid it, and an independent
// judge at the end. Always on a Postgres of its own, because a week is made to end.
const ADMIN = '+4915100000000';
const help = process.argv.some((argument) => argument === '--help' || argument === '-h');
const postgres = help ? undefined : await startPostgres({ settings: { max_connections: 200 } });
const database = new pg.Pool({ connectionString: postgres?.url, max: 2 });
// Postgres may end before the last of these connections has noticed that it is closed.
database.on('error', () => undefined);
const workers: Started[] = [];
try {
  await runTour({
    name: 'game-events',
    main: new URL('./main.ts', import.meta.url),
    about: 'Takes the events of a game, the guide’s load of them, and shows what is made of them.',
    environment: { WORKERS: '0', ADMIN_PHONES: ADMIN, DATABASE_URL: postgres?.url ?? '' },
    bringsPostgres: true,
    show,
  });
} finally {
  await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
  await database.end();
  await postgres?.stop();
}

async function show(guide: Guide): Promise<void> {
  const { app, say, title } = guide;
  title('Two workers join, and the guide’s load comes: 100 events at once, then 1000 requests of two');
  workers.push(...(await Promise.all([startWorker(), startWorker()])));
  say(shown(await hundredAtOnce(app.url)));
  const load = thousandTimesTwo(app.url);
  await once(async () => (await judge(database)).acknowledged > 300);
  await workers[0]?.end('SIGKILL');
  say('a worker was killed with SIGKILL amid it');
  say(shown(await load));

  title('Four games, all sent twice, one that nobody believes, and one that is wrong');
  const users = ['ann', 'bob', 'cid', 'dan'];
  const games = users.map((user, i) => ended(user, 90 - (i >> 1) * 10, { event_id: `tour/${user}` }));
  const cheat = ended('eve', 1_000_000);
  const counts = ['accepted', 'duplicates', 'quarantined', 'rejected'];
  const body = [...games, ...games, cheat, { ...cheat, score: -1 }];
  await guide.ask('POST /api/events', { body, shown: '[…]', only: counts });

  title('When all is processed');
  await once(async () => (await judge(database)).pending === 0);
  await guide.ask('GET /api/events/stats', { lines: ({ queue }) => figures(queue) });
  await guide.ask('GET /api/v2/leaderboard/global', { lines: rows });
  await guide.ask('GET /api/v2/leaderboard/around-me?user_id=cid&limit=1', { lines: rows });
  await guide.ask('POST /api/events', { body: games[0], shown: 'ann’s game once more', only: counts });

  title('The week ends: its tournament closes, equals share their prizes, and one is claimed twice');
  await database.query('update tournaments set ends_at = now(), closes_at = now()');
  await guide.ask('POST /api/v2/tournaments/close', { token: await accessToken(app.url, ADMIN), body: {} });
  const { prizes } = await guide.ask('GET /api/v2/prizes/pending?user_id=ann', { only: ['count'] });
  const [prize] = prizes as { prize_id: string }[];
  const claim = { prize_id: prize?.prize_id, user_id: 'ann' };
  const only = ['message', 'coins', 'gems'];
  for (let i = 0; i < 2; i++) await guide.ask('POST /api/v2/prizes/claim', { body: claim, only });

  title('The judge, by SQL of its own');
  const { acknowledged, ...rest } = await judge(database);
  say(`${acknowledged} events acknowledged; ${JSON.stringify(rest)}`);
  if (acknowledged !== 2_104 || Object.values(rest).some((count) => count !== 0))
    throw new Error('The judge found a fault.');
}

/** The figures of the queue, those within it included. */
function figures(queue: unknown): string[] {
  return Object.entries(queue as Record<string, unknown>).map(([name, value]) =>
    typeof value === 'number' ? `${name} ${value}` : `${name}: ${figures(value).join(', ')}`,
  );
}

/** The lines of a board. */
function rows({ leaderboard }: Readonly<Record<string, unknown>>): string[] {
  const lines = leaderboard as { rank: number; user_id: string; high_score: number }[];
  return lines.map(
    ({ rank, user_id, high_score }) =>
      `${`${rank}.`.padStart(4)} ${user_id.padEnd(8)} ${String(high_score).padStart(4)}`,
  );
}

function startWorker(): Promise<Started> {
  return startHost(new URL('./worker.ts', import.meta.url), { DATABASE_URL: postgres?.url ?? '' });
}

function shown({ statuses, accepted, milliseconds, median, p95 }: LoadReport): string {
  const [ms, half, most] = [milliseconds, median, p95].map(Math.round);
  return `${accepted} kept in ${ms} ms; answers ${JSON.stringify(statuses)}, half within ${half} ms, 95 of 100 within ${most} ms`;
}

/** Waits for a state. */
async function once(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
