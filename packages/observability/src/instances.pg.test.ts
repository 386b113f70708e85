import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect } from '@scorekeep/queue';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { createContest, onDatabase } from './testing/contest.ts';

test('of three processes one shows what SQL counts; when it is killed the age rises in the others until one of them does', async () => {
  const { url } = await testDatabase();
  const points = await createContest(url, 300);
  const keep = await connect({ url, batchSize: 30 });
  await keep.run(points);
  const counted = await onDatabase(url, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from scorekeep.slice where done_at is null',
    );
    return rows[0]?.n;
  });
  const instances = await Promise.all([1, 2, 3].map(() => startInstance(url)));

  const ready = async (): Promise<(number | undefined)[]> =>
    (await Promise.all(instances.map(scrape))).map((series) => series?.get(READY));
  await expect.poll(async () => (await ready()).filter((n) => n !== undefined), PATIENCE).toEqual([counted]);
  const leader = (await ready()).findIndex((n) => n !== undefined);
  for (const series of await Promise.all(instances.map(scrape))) expect(series?.get(AGE)).toBeLessThan(60);

  const dead = instances[leader] as Instance;
  dead.child.kill('SIGKILL');
  await once(dead.child, 'exit');
  const left = instances.filter((instance) => instance !== dead);
  const survivors = async (): Promise<ReadonlyMap<string, number>[]> =>
    (await Promise.all(left.map(scrape))).filter((series) => series !== undefined);
  // Older than any reading gets while somebody reads: the interval is a second.
  await expect
    .poll(async () => (await survivors()).every((series) => (series.get(AGE) ?? 0) > 1.5), PATIENCE)
    .toBe(true);
  await expect
    .poll(async () => (await survivors()).map((series) => series.get(READY)).filter((n) => n !== undefined), PATIENCE)
    .toEqual([counted]);
  await expect
    .poll(async () => Math.max(...(await survivors()).map((series) => series.get(AGE) ?? 99)), PATIENCE)
    .toBeLessThan(1.5);
  await keep.stop();
});

test('a process that cannot reach the database any more shows no counts, and an age that rises', async () => {
  const { url } = await testDatabase();
  const points = await createContest(url, 30);
  const keep = await connect({ url });
  await keep.run(points);
  const instance = await startInstance(url);
  await expect.poll(async () => (await scrape(instance))?.get(READY), PATIENCE).toBe(1);
  await onDatabase(url, (client) => client.query('alter table scorekeep.observer rename to observer_gone'));
  await expect.poll(async () => (await scrape(instance))?.has(READY), PATIENCE).toBe(false);
  expect((await scrape(instance))?.get(AGE)).toBeGreaterThan(2);
  await onDatabase(url, (client) => client.query('alter table scorekeep.observer_gone rename to observer'));
  await expect.poll(async () => (await scrape(instance))?.get(READY), PATIENCE).toBe(1);
  await keep.stop();
});

const READY =
  'scorekeep_queue_messages{messaging_destination_name="slices/points_v1",scorekeep_schema="scorekeep",scorekeep_state="ready"}';
const AGE = 'scorekeep_snapshot_age{scorekeep_schema="scorekeep"}';
const PATIENCE = { timeout: 60_000, interval: 100 };

interface Instance {
  readonly child: ChildProcess;
  readonly url: string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function startInstance(url: string): Promise<Instance> {
  const script = fileURLToPath(new URL('testing/instance.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@scorekeep/source', script], {
    env: { ...process.env, INSTANCE_URL: url },
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
