import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, job } from '@scorekeep/queue';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { createContest, onDatabase } from './testing/contest.ts';

test('of three processes one shows what SQL counts; killed, the age rises in the others until one of them shows what SQL counts then', async () => {
  const { url } = await testDatabase();
  const points = await createContest(url, 300);
  const keep = await connect({ url, batchSize: 30 });
  await keep.run(points);
  const reward = job<{ n: number }>('reward', { run: () => undefined });
  const rewards = (many: number) => Array.from({ length: many }, (_, n) => ({ n }));
  await keep.enqueueAll(reward, rewards(7));
  await keep.enqueueAll(reward, rewards(3), { startAfter: 3_600 });
  const counted = await countBySql(url);
  // Queues in which nothing is are there too, in each state.
  expect(counted.size).toBe(5 * 5);
  expect([counted.get('jobs/reward ready'), counted.get('jobs/reward deferred')]).toEqual([7, 3]);
  const instances = await Promise.all([1, 2, 3].map(() => startInstance(url, INTERVAL)));

  await expect.poll(() => shown(instances), PATIENCE).toEqual([counted]);
  const leader = (await Promise.all(instances.map(scrape))).findIndex((series) => series?.has(READY));
  for (const series of await Promise.all(instances.map(scrape))) expect(series?.get(AGE)).toBeLessThan(60);

  const dead = instances[leader] as Instance;
  dead.child.kill('SIGKILL');
  await once(dead.child, 'exit');
  const left = instances.filter((instance) => instance !== dead);
  const ages = async (): Promise<number[]> =>
    (await Promise.all(left.map(scrape))).map((series) => series?.get(AGE) ?? Number.NaN);
  // Older than any reading gets while somebody reads, long before the lease of the dead ends.
  await expect.poll(async () => (await ages()).every((age) => age > 1.5 * INTERVAL), PATIENCE).toBe(true);
  await keep.enqueueAll(reward, rewards(5));
  const countedThen = await countBySql(url);
  expect(countedThen.get('jobs/reward ready')).toBe(12);
  await expect.poll(() => shown(left), PATIENCE).toEqual([countedThen]);
  await expect.poll(async () => (await ages()).every((age) => age < 1.5 * INTERVAL), PATIENCE).toBe(true);
  await keep.stop();
});

test('a process that cannot reach the database any more shows no counts, and an age that rises', async () => {
  const { url } = await testDatabase();
  const points = await createContest(url, 30);
  const keep = await connect({ url });
  await keep.run(points);
  const instance = await startInstance(url, 1);
  await expect.poll(async () => (await scrape(instance))?.get(READY), PATIENCE).toBe(1);
  await onDatabase(url, (client) => client.query('alter table scorekeep.observer rename to observer_gone'));
  await expect.poll(async () => (await scrape(instance))?.has(READY), PATIENCE).toBe(false);
  expect((await scrape(instance))?.get(AGE)).toBeGreaterThan(2);
  await onDatabase(url, (client) => client.query('alter table scorekeep.observer_gone rename to observer'));
  await expect.poll(async () => (await scrape(instance))?.get(READY), PATIENCE).toBe(1);
  await keep.stop();
});

/** What each queue holds in each state, counted by hand: those of pg-boss, and the slices of the one projection there is. */
async function countBySql(url: string): Promise<ReadonlyMap<string, number>> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<{ series: string; n: number }>(
      `select q.name || ' ' || s.state as series, count(j.id)::int as n
       from scorekeep_jobs.queue q cross join unnest(array['ready', 'deferred', 'blocked', 'active', 'failed']) s (state)
         left join scorekeep_jobs.job j on j.name = q.name and s.state = case
           when j.state in ('active', 'failed') then j.state::text when j.start_after > clock_timestamp() then 'deferred' else 'ready' end
       where q.name like any (array['jobs/%', 'parked/%', 'dead/%']) group by 1
       union all
       select 'slices/points_v1 ' || s.state, case s.state when 'ready' then (select count(*)::int from scorekeep.slice where done_at is null) else 0 end
       from unnest(array['ready', 'deferred', 'blocked', 'active', 'failed']) s (state)`,
    );
    return new Map(rows.map(({ series, n }) => [series, n]));
  });
}

/** What each of the instances that shows queues shows of them. */
async function shown(instances: readonly Instance[]): Promise<ReadonlyMap<string, number>[]> {
  const scraped = await Promise.all(instances.map(scrape));
  return scraped
    .map((series) => {
      const found = [...(series ?? [])].flatMap(([name, value]) => {
        const [, queue, state] = MESSAGES.exec(name) ?? [];
        return state === undefined ? [] : [[`${queue} ${state}`, value] as const];
      });
      return new Map(found);
    })
    .filter((queues) => queues.size > 0);
}

const MESSAGES =
  /^scorekeep_queue_messages\{messaging_destination_name="(.*)",scorekeep_schema="scorekeep",scorekeep_state="(.*)"\}$/;
const READY =
  'scorekeep_queue_messages{messaging_destination_name="slices/points_v1",scorekeep_schema="scorekeep",scorekeep_state="ready"}';
const AGE = 'scorekeep_snapshot_age{scorekeep_schema="scorekeep"}';
/** Seconds between readings of those that are killed: a third of their lease. */
const INTERVAL = 3;
const PATIENCE = { timeout: 60_000, interval: 100 };

interface Instance {
  readonly child: ChildProcess;
  readonly url: string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function startInstance(url: string, seconds: number): Promise<Instance> {
  const script = fileURLToPath(new URL('testing/instance.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', script], {
    env: { ...process.env, INSTANCE_URL: url, INSTANCE_SECONDS: String(seconds) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const [said] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return { child, url: String(said).trim() };
}

/** The series of an instance by name and attributes; undefined when it does not answer. */
async function scrape({ url }: Instance): Promise<ReadonlyMap<string, number> | undefined> {
  const answer = await fetch(`${url}/metrics`).catch(() => undefined);
  const lines = (await answer?.text())?.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines && new Map(lines.map((line) => [series(line), Number(line.split(' ').at(-1))]));
}

/** Without the labels that say which scope it is of, the others in order. */
function series(line: string): string {
  const [name, labels = ''] = line.replace(/ \S+$/, '').split(/[{}]/);
  const kept = labels.split(',').filter((label) => !label.startsWith('otel_scope') && label !== '');
  return kept.length === 0 ? (name ?? '') : `${name}{${kept.toSorted().join(',')}}`;
}
