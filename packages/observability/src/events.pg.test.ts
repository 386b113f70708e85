import { channel } from 'node:diagnostics_channel';
import { eventType } from '@scorekeep/core/events';
import { connect, eventLog, projection } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { SPAN_ATTRIBUTES } from './catalogue.ts';
import { toStream } from './index.ts';
import { startTelemetry } from './node/index.ts';
import { pointsOf, startCollector } from './testing/collector.ts';
import { onDatabase } from './testing/contest.ts';

test('steps of a projection are traced when they do something; an event that fails is followed to its dead letter, and nothing of it is told', async () => {
  await using collector = await startCollector();
  let lines = '';
  const { url } = await testDatabase();
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    logLevel: 'debug',
    logFields: ['code'],
    log: toStream({ write: (text: string) => (lines += text) }),
    prometheus: { port: 0 },
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const keep = await connect({ url });
  await keep.start({ projections: [wins] });
  const behind = async (): Promise<number> => (await keep.projections.status(wins)).behind;
  await keep.ingest(
    game,
    Array.from({ length: 50 }, (_, i) => won(i)),
  );
  await expect.poll(behind, PATIENCE).toBe(0);
  await keep.projections.rebuild(wins);
  await keep.ingest(game, won(50, SECRETS[0]));
  const dead = async (): Promise<number | undefined> =>
    (await keep.stats()).queues.find(({ queue }) => queue === 'dead/wins_v1')?.ready;
  await expect.poll(dead, PATIENCE).toBe(1);
  await expect.poll(behind, PATIENCE).toBe(0);
  await telemetry.refresh();
  await telemetry.flush();
  const metrics = collector.metrics();
  // Not an event's fault: whoever follows says so, and goes on when it is mended.
  await onDatabase(url, (client) => client.query('alter table scorekeep.parked_event rename to parked_event_gone'));
  await keep.ingest(game, won(51, SECRETS[1]));
  // What is not taken, and what a host says of an error of its own.
  const receipts = await keep.ingest(game, [
    { id: 'bad', type: SECRETS[0], data: { note: SECRETS[1] } },
    won(50, 'another note'),
  ]);
  expect(receipts.map(({ status }) => status)).toEqual(['rejected', 'conflict']);
  const error = Object.assign(new Error(SECRETS[1]), { code: '57P01' });
  telemetry.event('processing_failed', { ...error, message: error.message, stack: error.stack }, 'error');
  channel('scorekeep.background.error').publish({ where: 'pool', error });
  await expect.poll(() => told(lines, 'projection.failed').length, PATIENCE).toBeGreaterThan(0);
  const health = await (await fetch(`${telemetry.url}/healthz`)).text();
  const scraped = await (await fetch(`${telemetry.url}/metrics`)).text();
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();

  const spans = collector.spans();
  const all = spans.filter((span) => span.name === 'process log/game' && span.status.code !== ERROR);
  const applied = told(lines, 'projection.applied');
  const steps = all.filter((span) => applied.some((line) => line['trace_id'] === span.traceId));
  expect(steps).toHaveLength(applied.length);
  expect(new Set(all.map((span) => span.traceId)).size).toBe(all.length);
  for (const step of all) {
    expect(step).toMatchObject({ kind: CONSUMER });
    expect(step.parentSpanId).toBeUndefined();
    expect(step.links ?? []).toEqual([]);
    expect(step.attributes).toMatchObject({
      'messaging.system': 'scorekeep',
      'messaging.destination.name': 'log/game',
      'messaging.consumer.group.name': 'wins_v1',
      'scorekeep.outcome': 'success',
    });
    expect(step.attributes['messaging.batch.message_count']).toBeGreaterThan(0);
  }
  expect(total(steps.map((step) => step.attributes['messaging.batch.message_count']))).toBe(51);
  expect(total(steps.map((step) => step.attributes['scorekeep.items.parked']))).toBe(1);
  // The others are of the rebuild, which folds each event once more; a look that finds nothing is none.
  const rebuilt = all.filter((step) => !steps.includes(step));
  expect(total(rebuilt.map((step) => step.attributes['messaging.batch.message_count']))).toBe(50);

  const [inserted, ...others] = spans.filter((span) => span.name === 'insert parked/wins_v1');
  expect(others).toEqual([]);
  const parent = steps.find((step) => step.spanId === inserted?.parentSpanId);
  expect(parent?.attributes['scorekeep.items.parked']).toBe(1);
  const attempts = spans.filter((span) => span.name === 'process parked/wins_v1');
  expect(attempts).toHaveLength(4);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ kind: CONSUMER, links: [{ spanId: inserted?.spanId }] });
    expect(attempt.parentSpanId).toBeUndefined();
  }
  expect(told(lines, 'event.parked')).toMatchObject([
    { level: 'warn', log: 'game', projection: 'wins_v1', code: 'RangeError', trace_id: parent?.traceId },
  ]);
  expect(told(lines, 'item.retried').map((line) => line['outcome'])).toEqual(['failed', 'failed', 'failed', 'dead']);
  expect(told(lines, 'projection.rebuilt')).toMatchObject([
    { projection: 'wins_v1', build: 2, before: 1, differing: 0, swapped: true },
  ]);
  expect(told(lines, 'projection.failed')[0]).toMatchObject({ level: 'warn', verdict: 'broken', code: '42P01' });
  for (const span of spans) for (const key of Object.keys(span.attributes)) expect(SPAN_ATTRIBUTES).toContain(key);

  const points = (name: string, where: Record<string, string>) => pointsOf(metrics, name, where);
  const group = { 'messaging.destination.name': 'log/game', 'messaging.consumer.group.name': 'wins_v1' };
  for (const histogram of ['scorekeep.wait.duration', 'scorekeep.e2e.duration', 'messaging.process.duration'])
    expect(points(histogram, group), histogram).toMatchObject([{ count: applied.length }]);
  expect(points('scorekeep.attempts', group)).toMatchObject([
    { value: applied.length, attributes: { 'scorekeep.outcome': 'success' } },
  ]);
  const tries = points('scorekeep.attempts', { 'messaging.destination.name': 'parked/wins_v1' });
  expect(new Map(tries.map(({ attributes, value }) => [attributes['scorekeep.outcome'], value]))).toEqual(
    new Map([
      ['retry', 3],
      ['dead_letter', 1],
    ]),
  );
  const name = { 'scorekeep.name': 'projection:wins_v1', 'messaging.destination.name': 'log/game' };
  expect(points('scorekeep.consumed.events', name)).toMatchObject([{ value: 51 }]);
  expect(points('scorekeep.items', { 'scorekeep.outcome': 'parked' })).toMatchObject([{ value: 1 }]);
  expect(points('scorekeep.projection.rebuilds', { 'scorekeep.outcome': 'same' })).toMatchObject([{ value: 1 }]);
  for (const gauge of ['scorekeep.consumer.lag', 'scorekeep.consumer.behind'])
    expect(points(gauge, {}), gauge).toMatchObject([{ value: 0, attributes: name }]);

  for (const event of ['ingest.refused', 'processing_failed', 'background.error'])
    expect(told(lines, event).length, event).toBeGreaterThan(0);
  for (const emitted of [collector.bytes(), lines, health, scraped]) {
    expect(emitted.length).toBeGreaterThan(100);
    expect([...SECRETS, 'subject-50'].filter((secret) => emitted.includes(secret))).toEqual([]);
  }
});

const SECRETS = ['bob@example.com', 'postgres://ann:hunter2@db.example.com/cup'] as const;
const PATIENCE = { timeout: 90_000, interval: 250 };
const CONSUMER = 5;
const ERROR = 2;

const game = eventLog('game', {
  types: [
    eventType('won', {
      schema: { '~standard': { version: 1 as const, vendor: 'by hand', validate: (value: unknown) => ({ value }) } },
      subject: (event) => (event as { user: string }).user,
    }),
  ],
});

const won = (n: number, note = ''): object => ({ id: `e${n}`, type: 'won', data: { user: `subject-${n}`, note } });

/** Fails at an event with a note, and quotes it. */
const wins = projection<{ wins: number }>('wins', {
  from: game,
  fold: {
    initial: { wins: 0 },
    step({ wins: before }, { subject, data }) {
      const { note } = data as { note: string };
      if (note !== '') throw Object.assign(new RangeError(`${subject} is ${note}`), { detail: note });
      return { wins: before + 1 };
    },
  },
});

const told = (lines: string, event: string): Record<string, unknown>[] =>
  lines
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const total = (values: readonly unknown[]): number => values.reduce<number>((sum, value) => sum + Number(value), 0);
