import { metrics } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { ATTRIBUTES, METRICS, type MetricDefinition } from '../catalogue.ts';
import { sdkInMemory } from '../testing/sdk-in-memory.ts';
import { createMeters } from './meters.ts';

afterEach(() => metrics.disable());

test('an SDK that is registered after the first measurement gets all that follow, gauges too', async () => {
  const meters = createMeters();
  meters.gauges((put) => put('scorekeep.backup.age', 5));
  meters.add('scorekeep.background.errors', 1, { 'scorekeep.where': 'pool' });
  const sdk = sdkInMemory();
  metrics.setGlobalMeterProvider(sdk.provider);
  meters.refresh();
  expect(await sdk.collect()).toEqual({ 'scorekeep.backup.age': [[{}, 5]] });
  meters.add('scorekeep.background.errors', 2, { 'scorekeep.where': 'pool' });
  expect(await sdk.collect()).toMatchObject({ 'scorekeep.background.errors': [[{ 'scorekeep.where': 'pool' }, 2]] });
});

test('another provider takes over, and the one before is told nothing more', async () => {
  const [first, second] = [sdkInMemory(), sdkInMemory()];
  const meters = createMeters();
  metrics.setGlobalMeterProvider(first.provider);
  meters.gauges((put) => put('scorekeep.backup.age', 5));
  meters.refresh();
  metrics.disable();
  metrics.setGlobalMeterProvider(second.provider);
  meters.refresh();
  expect(await first.collect()).toEqual({});
  expect(await second.collect()).toEqual({ 'scorekeep.backup.age': [[{}, 5]] });
  meters.stop();
  expect(await second.collect()).toEqual({});
});

test('what is counted is handed over when somebody collects, each time once, and when the host stops', async () => {
  const sdk = sdkInMemory();
  const meters = createMeters(sdk.provider);
  const count = (name: string, many: number): void =>
    meters.add('scorekeep.background.errors', many, { 'scorekeep.where': name });
  const counted = async (): Promise<unknown> => (await sdk.collect())['scorekeep.background.errors'];
  count('pool', 1);
  count('pool', 2);
  count('boss', 0);
  const first = [
    [{ 'scorekeep.where': 'pool' }, 3],
    [{ 'scorekeep.where': 'boss' }, 0],
  ];
  expect(await counted()).toEqual(first);
  expect(await counted()).toEqual(first);
  count('boss', 4);
  meters.stop();
  expect(await counted()).toEqual([first[0], [{ 'scorekeep.where': 'boss' }, 4]]);
});

test('values that differ only in where one ends and the next begins, or in their type, are series of their own', async () => {
  const sdk = sdkInMemory();
  const meters = createMeters(sdk.provider);
  const all = [
    { 'messaging.destination.name': 'a', 'scorekeep.outcome': 'bc' },
    { 'messaging.destination.name': 'ab', 'scorekeep.outcome': 'c' },
    { 'messaging.destination.name': 'ab' },
    { 'scorekeep.outcome': 'ab' },
    { 'scorekeep.outcome': 7 },
    { 'scorekeep.outcome': '7' },
  ];
  for (const attributes of [...all, ...all]) meters.add('scorekeep.receipts', 1, attributes);
  expect((await sdk.collect())['scorekeep.receipts']).toEqual(all.map((attributes) => [attributes, 2]));
});

test('ten thousand destinations are two hundred and `_other`, and an attribute outside the catalogue is dropped', async () => {
  const sdk = sdkInMemory();
  const meters = createMeters(sdk.provider);
  for (let i = 0; i < 10_000; i++) {
    meters.add('scorekeep.attempts', 1, {
      'messaging.destination.name': `queue ${i}`,
      'scorekeep.outcome': 'success',
      tenant: i,
    });
  }
  const points = (await sdk.collect())['scorekeep.attempts'] ?? [];
  expect(points).toHaveLength(ATTRIBUTES['messaging.destination.name'] + 1);
  const other = points.find(([attributes]) => attributes['messaging.destination.name'] === '_other');
  expect(other).toEqual([{ 'messaging.destination.name': '_other', 'scorekeep.outcome': 'success' }, 9_800]);
});

test('a negative duration, which only a clock that was set back gives, and what is not finite are left out', async () => {
  const sdk = sdkInMemory();
  const meters = createMeters(sdk.provider);
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    meters.record('scorekeep.wait.duration', value);
    meters.add('scorekeep.background.errors', value);
  }
  expect(await sdk.collect()).toEqual({});
});

test('gauges that share `_other` do not overwrite each other: messages add up, and the oldest age counts', async () => {
  const sdk = sdkInMemory();
  const bound = ATTRIBUTES['messaging.destination.name'];
  const meters = createMeters(sdk.provider);
  meters.gauges((put) => {
    for (let i = 0; i < bound + 3; i++) {
      const queue = { 'messaging.destination.name': `queue ${i}` };
      put('scorekeep.queue.messages', i === bound ? 9_999 : 1, queue);
      put('scorekeep.queue.oldest.age', i === bound ? 60 : 5, queue);
    }
  });
  meters.refresh();
  const collected = await sdk.collect();
  const other = (name: string): unknown =>
    collected[name]?.find(([attributes]) => attributes['messaging.destination.name'] === '_other')?.[1];
  expect(other('scorekeep.queue.messages')).toBe(10_001);
  expect(other('scorekeep.queue.oldest.age')).toBe(60);
});

test('an attempt that ends after the end does not bring the gauges back', async () => {
  const sdk = sdkInMemory();
  const meters = createMeters(sdk.provider);
  meters.gauges((put) => put('scorekeep.backup.age', 5));
  meters.stop();
  meters.add('scorekeep.background.errors', 1);
  meters.record('scorekeep.wait.duration', 1);
  meters.refresh();
  expect(await sdk.collect()).toEqual({});
});

test('buckets of the catalogue rise, and no metric can have more series than the SDK keeps by attributes of its own', () => {
  for (const { buckets = [], attributes, kind } of Object.values<MetricDefinition>(METRICS)) {
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(new Set(buckets).size).toBe(buckets.length);
    expect(buckets.length > 0).toBe(kind === 'histogram');
    for (const attribute of attributes) expect(ATTRIBUTES[attribute]).toBeLessThanOrEqual(200);
  }
});
