import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import { type Instrumentation, instrument, type LogLine } from './index.ts';
import { sdkInMemory } from './testing/sdk-in-memory.ts';

let instrumentation: Instrumentation | undefined;
afterEach(() => instrumentation?.stop());

test('floors, freshness and the age of the backup of a host are gauges, and what it does not know is absent', async () => {
  const sdk = sdkInMemory();
  const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);
  instrumentation = instrument({
    meterProvider: sdk.provider,
    floors: { opportunities: { least: 10, read: () => 12 }, offers: { least: 5, read: () => undefined } },
    freshness: {
      odds: { mostSeconds: 600, read: () => ago(700) },
      // Of a clock that is ahead of this one.
      scores: { mostSeconds: 60, read: () => ago(-100) },
      lines: { mostSeconds: 60, read: () => undefined },
    },
    backup: async () => ago(7_200),
  });
  await Promise.resolve();
  await instrumentation.refresh();
  instrumentation.security('auth_failed');
  const metrics = await sdk.collect();
  const named = (metric: string): Record<string, unknown> =>
    Object.fromEntries(metrics[metric]?.map(([attributes, value]) => [attributes['scorekeep.name'], value]) ?? []);
  expect(named('scorekeep.floor.value')).toEqual({ opportunities: 12 });
  expect(named('scorekeep.floor.least')).toEqual({ opportunities: 10, offers: 5 });
  expect(named('scorekeep.freshness.age')).toEqual({ odds: expect.closeTo(700, -2), scores: 0 });
  expect(named('scorekeep.freshness.most')).toEqual({ odds: 600, scores: 60, lines: 60 });
  expect(metrics['scorekeep.backup.age']?.[0]?.[1]).toBeGreaterThanOrEqual(7_200);
});

test('a floor or a date of the host that cannot be read takes no other gauge with it, and is told of without its text', async () => {
  const sdk = sdkInMemory();
  const lines: LogLine[] = [];
  const broken = (): never => {
    throw new RangeError('no offers of bob@example.com');
  };
  instrumentation = instrument({
    meterProvider: sdk.provider,
    log: (line) => lines.push(line),
    floors: { offers: { least: 5, read: broken }, opportunities: { least: 10, read: () => 12 } },
    freshness: {
      odds: { mostSeconds: 600, read: broken },
      scores: { mostSeconds: 60, read: () => 'yesterday' as unknown as Date },
      lines: { mostSeconds: 60, read: () => new Date(Number.NaN) },
    },
  });
  channel('scorekeep.work.started').publish({ labels: ['points_v1'], workers: 4 });
  await instrumentation.refresh();
  instrumentation.security('access_denied');
  const metrics = await sdk.collect();
  expect(metrics['scorekeep.floor.value']).toEqual([[{ 'scorekeep.name': 'opportunities' }, 12]]);
  expect(metrics['scorekeep.floor.least']).toHaveLength(2);
  expect(metrics['scorekeep.freshness.age']).toBeUndefined();
  expect(metrics['scorekeep.worker.slots']).toEqual([[{ 'messaging.destination.name': 'slices/points_v1' }, 4]]);
  const failed = lines.filter(({ event }) => event === 'telemetry.failed');
  expect(failed.map(({ where, code }) => [where, code])).toEqual([
    ['floor offers', 'RangeError'],
    ['freshness odds', 'RangeError'],
    ['freshness scores', 'TypeError'],
  ]);
  expect(JSON.stringify(lines)).not.toContain('bob@example.com');
});

test('a host that has no backup at all has one too old for any alert, not a gauge that is missing', async () => {
  const sdk = sdkInMemory();
  instrumentation = instrument({ meterProvider: sdk.provider, backup: async () => undefined });
  instrumentation.security('access_denied');
  await expect.poll(async () => (await sdk.collect())['scorekeep.backup.age']).toEqual([[{}, 31_536_000]]);
});

test('what the authentication of a host finds is counted by kind and logged with the fields that it allowed', async () => {
  const sdk = sdkInMemory();
  const lines: LogLine[] = [];
  instrumentation = instrument({
    meterProvider: sdk.provider,
    log: (line) => lines.push(line),
    logFields: ['user_id'],
  });
  instrumentation.security('auth_failed', { user_id: '17', password: 'hunter2' });
  instrumentation.security('auth_failed', { user_id: '18' });
  instrumentation.security('rate_limit_exceeded');
  instrumentation.security('access_denied');
  expect((await sdk.collect())['scorekeep.security.events']).toEqual([
    [{ 'scorekeep.name': 'auth_failed' }, 2],
    [{ 'scorekeep.name': 'rate_limit_exceeded' }, 1],
    [{ 'scorekeep.name': 'access_denied' }, 1],
  ]);
  expect(lines.map(({ event, level, category }) => [event, level, category])).toEqual(
    ['auth_failed', 'auth_failed', 'rate_limit_exceeded', 'access_denied'].map((event) => [event, 'warn', 'security']),
  );
  expect(lines[0]).toMatchObject({ user_id: '17' });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});
