import { accessToken, ask, type Started, startHost } from '@scorekeep/example-contract/start-host';
import { startPostgres } from '@scorekeep/queue/embedded';
import pg from 'pg';
import { hundredAtOnce, type LoadReport, thousandTimesTwo } from './load/guide-load.ts';
import { ended } from './testing/events.ts';
import { judge } from './verdict.ts';

// `npm run demo -- game-events`: the service as real processes, under the guide's load, with a worker killed amid it, and an
// independent judge at the end. `--stay` leaves it running.
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const ADMIN = '+4915100000000';

const postgres = await startPostgres({ settings: { max_connections: 200 } });
const running: Started[] = [];
const database = new pg.Pool({ connectionString: postgres.url, max: 2 });
try {
  const environment = { DATABASE_URL: postgres.url, OTP_DELIVERY: 'response', ADMIN_PHONES: ADMIN };
  const start = async (script: string, more = {}): Promise<Started> => {
    const started = await startHost(new URL(script, import.meta.url), { ...environment, ...more });
    running.push(started);
    return started;
  };
  const app = await start('./main.ts', { WORKERS: '0' });
  const [first] = await Promise.all([start('./worker.ts'), start('./worker.ts')]);
  say(`One app and two workers serve ${app.url}, on a Postgres of their own.\n`);
  process.exitCode = await tour(app, first);
  if (process.argv.includes('--stay')) {
    say(`\nThe page is at ${app.url}. Ctrl-C ends everything.`);
    await new Promise((resolve) => process.once('SIGINT', resolve));
  }
} finally {
  await Promise.all(running.map((one) => one.end('SIGTERM')));
  await database.end();
  await postgres.stop();
}

/** Shows it working; answers the exit code. */
async function tour(app: Started, worker: Started): Promise<number> {
  const post = async (path: string, body: unknown, token?: string) =>
    (await ask(`${app.url}${path}`, { method: 'POST', body, token })).body as Record<string, unknown>;
  const get = async (path: string) => (await ask(`${app.url}${path}`)).body as Record<string, unknown>;

  say(`100 events at once     ${shown(await hundredAtOnce(app.url))}`);
  const load = thousandTimesTwo(app.url);
  await once(async () => (await judge(database)).acknowledged > 300);
  await worker.end('SIGKILL');
  say(`1000 requests of two   ${shown(await load)}; a worker was killed with SIGKILL amid it`);

  const games = ['ann', 'bob', 'cid', 'dan'].map((user, i) =>
    ended(user, 90 - (i >> 1) * 10, { event_id: `tour/${user}` }),
  );
  const cheat = ended('eve', 1_000_000);
  const answer = await post('/api/events', [...games, ...games, cheat, { ...cheat, score: -1 }]);
  say(
    `four games, sent twice, a cheat and a mistake   accepted ${answer['accepted']}, duplicates ${answer['duplicates']}, quarantined ${answer['quarantined']}, rejected ${answer['rejected']}`,
  );
  await once(async () => (await judge(database)).pending === 0);

  const { queue, summary } = (await get('/api/events/stats')) as Record<'queue' | 'summary', object>;
  say(`\nGET /api/events/stats\n${JSON.stringify(queue)}\n${JSON.stringify(summary)}`);
  const { leaderboard } = (await get('/api/v2/leaderboard/global')) as { leaderboard: Record<string, unknown>[] };
  say('\nGET /api/v2/leaderboard/global');
  for (const line of leaderboard) say(`${line['rank']}  ${line['user_id']}  ${line['high_score']}`);

  say('\nThe week ends: the tournament closes, its prizes are awarded, and one is claimed twice.');
  await database.query(`update tournaments set ends_at = now(), closes_at = now()`);
  const closed = await post('/api/v2/tournaments/close', {}, await accessToken(app.url, ADMIN));
  say(JSON.stringify(closed['tournaments']));
  const { prizes } = (await get('/api/v2/prizes/pending?user_id=ann')) as { prizes: Record<string, unknown>[] };
  const claim = { prize_id: prizes[0]?.['prize_id'], user_id: 'ann' };
  for (let i = 0; i < 2; i++) say(JSON.stringify(await post('/api/v2/prizes/claim', claim)));
  const { stats } = (await get('/api/v2/prizes/stats?user_id=ann')) as { stats: Record<string, unknown> };
  say(`ann's wallet: ${stats['wallet_coins']} coins, ${stats['wallet_gems']} gems`);

  const { acknowledged, ...rest } = await judge(database);
  say(`\n${acknowledged} events were acknowledged. By SQL of its own the judge finds: ${JSON.stringify(rest)}`);
  return acknowledged === 2_104 && Object.values(rest).every((count) => count === 0) ? 0 : 1;
}

function shown({ statuses, accepted, milliseconds, median, p95 }: LoadReport): string {
  const [ms, half, most] = [milliseconds, median, p95].map(Math.round);
  return `${accepted} kept in ${ms} ms; answers ${JSON.stringify(statuses)}, half within ${half} ms, 95 of 100 within ${most} ms`;
}

/** Waits for a state. */
async function once(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
