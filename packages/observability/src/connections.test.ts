import { channel } from 'node:diagnostics_channel';
import type { Keep, Stats } from '@scorekeep/queue';
import { afterEach, expect, test } from 'vitest';
import { type Instrumentation, instrument } from './index.ts';

let instrumentation: Instrumentation | undefined;
afterEach(() => instrumentation?.stop());

test('when the later of two connections to one schema is closed, the process is ready by the one that is left', async () => {
  const { health } = started();
  const [one, two] = [connection(), connection()];
  opened('scorekeep', one);
  opened('scorekeep', two);
  await health.look();
  expect(health.report()).toMatchObject({ ready: true, status: 'pass' });
  two.answers = false;
  closing('scorekeep', two);
  for (let i = 0; i < 3; i++) await health.look();
  expect(health.report()).toMatchObject({ ready: true, status: 'pass' });
  closing('scorekeep', one);
  expect(health.report()).toMatchObject({ ready: false, checks: [] });
});

test('a check of the host is not forgotten because its name ends as the schema of a connection that is closed', () => {
  const { health } = started([{ name: 'cache:scorekeep', run: () => undefined }]);
  const keep = connection();
  opened('scorekeep', keep);
  closing('scorekeep', keep);
  expect(health.report().checks.map(({ name }) => name)).toEqual(['cache:scorekeep']);
});

test('dead letters that wait for somebody, and what waits in another schema, are no warning of this one', async () => {
  const { health, refresh } = started();
  opened(
    'cup',
    connection([
      ['jobs/reward', 5],
      ['dead/points_v1', 1e6],
    ]),
  );
  opened('league', connection([['jobs/reward', 300]]));
  await refresh();
  await health.look();
  const oldest = health.report().checks.filter(({ name }) => name.startsWith('oldest:'));
  expect(oldest.map(({ name, status, value }) => [name, status, value])).toEqual([
    ['oldest:cup', 'pass', 5],
    ['oldest:league', 'warn', 300],
  ]);
});

test('a process that does not read the figures says nothing of how old the oldest is', async () => {
  const { health, refresh } = started();
  opened('cup', connection(undefined));
  await refresh();
  await health.look();
  const [oldest] = health.report().checks.filter(({ name }) => name === 'oldest:cup');
  expect(oldest).toMatchObject({ status: 'pass', value: undefined });
});

const started = (checks: { name: string; run: () => undefined }[] = []): Instrumentation => {
  instrumentation = instrument({ health: { checks } });
  return instrumentation;
};

type Connection = Keep & { answers: boolean };

/** As much of a connection as health asks; its figures are those of queues with the age of their oldest. */
function connection(queues: (readonly [queue: string, oldestSeconds: number])[] | undefined = []): Connection {
  const of = { ready: 1, deferred: 0, blocked: 0, active: 0, failed: 0, completedPerSecond: 0 };
  const stats: Partial<Stats> = {
    queues: (queues ?? []).map(([queue, oldestSeconds]) => ({ queue, oldestSeconds, ...of })),
    projections: [],
    consumers: [],
    tables: [],
  };
  const keep: Partial<Connection> = {
    answers: true,
    transaction: async () => {
      if (!keep.answers) throw Object.assign(new Error('closed'), { code: 'STOPPED' });
      return undefined as never;
    },
    pool: () => ({ max: 10, idle: 1, used: 0, waiting: 0 }),
    observe: async () => ({ stats: queues === undefined ? undefined : (stats as Stats), ageSeconds: 1 }),
    stopObserving: async () => undefined,
  };
  return keep as Connection;
}

const opened = (schema: string, keep: Keep): void => channel('scorekeep.connection.opened').publish({ schema, keep });
const closing = (schema: string, keep: Keep): void => channel('scorekeep.connection.closing').publish({ schema, keep });
