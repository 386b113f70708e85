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
