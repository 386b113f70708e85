import { connect, projection, type ScoreProjection, tableLog } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { SPAN_ATTRIBUTES } from './catalogue.ts';
import { toStream } from './index.ts';
import { startTelemetry } from './node/index.ts';
import { pointsOf, startCollector } from './testing/collector.ts';
import { onDatabase } from './testing/contest.ts';

test('folds of scores are counted, timed and traced in subjects, with their lag and failures; no subject is named', async () => {
  await using collector = await startCollector();
  let lines = '';
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    client.query(`
      create table visit (player text, day int, score int, primary key (player, day));
      insert into visit select 'subject-' || p, d, p from generate_series(1, 30) p, generate_series(1, 3) d`),
  );
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    logLevel: 'debug',
    log: toStream({ write: (text: string) => (lines += text) }),
    prometheus: { port: 0 },
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const keep = await connect({ url });
  await keep.start({ projections: [visits] });
  await keep.finished(await keep.run(visits.of));
  const dead = async (): Promise<number | undefined> => {
    await onDatabase(url, (client) =>
      client.query(`update scorekeep_jobs.job set start_after = now() where state = 'retry'`),
    );
    return (await keep.stats()).queues.find(({ queue }) => queue === 'dead/visits_v1')?.ready;
  };
  await expect.poll(dead, PATIENCE).toBe(1);
  await expect.poll(async () => (await keep.projections.status(visits)).behind, PATIENCE).toBe(0);
  await keep.projections.rebuild(visits);
  await telemetry.refresh();
  await telemetry.flush();
  const metrics = collector.metrics();
  // Not a subject's fault: whoever folds says so, and goes on when it is mended.
  await onDatabase(url, (client) => client.query('alter table scorekeep.refold rename to refold_gone'));
  await expect.poll(() => told(lines, 'projection.failed').length, PATIENCE).toBeGreaterThan(0);
  await onDatabase(url, (client) => client.query('alter table scorekeep.refold_gone rename to refold'));
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();

  const refolded = told(lines, 'subjects.refolded');
  expect(total(refolded.map(({ subjects }) => subjects))).toBeGreaterThanOrEqual(60);
  expect(told(lines, 'subject.parked')[0]).toMatchObject({
    level: 'warn',
    log: 'visit',
    projection: 'visits_v1',
    code: 'RangeError',
  });
  expect(told(lines, 'item.retried').map(({ outcome }) => outcome)).toContain('dead');
  expect(told(lines, 'projection.failed')[0]).toMatchObject({ level: 'warn', log: 'visit', code: '42P01' });

  const spans = collector.spans();
  const steps = spans.filter((span) => span.name === 'process log/visit' && span.status.code !== ERROR);
  expect(steps).toHaveLength(refolded.length);
  for (const step of steps) {
    expect(step.attributes).toMatchObject({
      'messaging.consumer.group.name': 'visits_v1',
      'scorekeep.outcome': 'success',
    });
  }
  expect(total(steps.map((step) => step.attributes['messaging.batch.message_count']))).toBe(
    total(refolded.map(({ subjects }) => subjects)),
  );
  const inserted = spans.filter((span) => span.name === 'insert parked/visits_v1');
  expect(inserted.length).toBeGreaterThan(0);
  for (const one of inserted) expect(steps.map(({ spanId }) => spanId)).toContain(one.parentSpanId);
  for (const span of spans) for (const key of Object.keys(span.attributes)) expect(SPAN_ATTRIBUTES).toContain(key);

  const points = (name: string, where: Record<string, string>) => pointsOf(metrics, name, where);
  const group = { 'messaging.destination.name': 'log/visit', 'messaging.consumer.group.name': 'visits_v1' };
  for (const histogram of ['scorekeep.wait.duration', 'scorekeep.e2e.duration', 'messaging.process.duration'])
    expect(points(histogram, group), histogram).toMatchObject([{ count: refolded.length }]);
  expect(points('scorekeep.attempts', group)).toMatchObject([
    { value: refolded.length, attributes: { 'scorekeep.outcome': 'success' } },
  ]);
  for (const outcome of ['folded', 'parked']) {
    const parked = total(refolded.map((line) => line['parked']));
    const folded = total(refolded.map(({ subjects }) => subjects)) - parked;
    expect(points('scorekeep.refolded.subjects', { 'scorekeep.outcome': outcome })).toMatchObject([
      { value: outcome === 'parked' ? parked : folded, attributes: { 'scorekeep.projection': 'visits_v1' } },
    ]);
  }
  expect(points('scorekeep.projection.rebuilds', { 'scorekeep.outcome': 'same' })).toMatchObject([{ value: 1 }]);
  const name = { 'scorekeep.name': 'projection:visits_v1', 'messaging.destination.name': 'log/visit' };
  for (const gauge of ['scorekeep.consumer.lag', 'scorekeep.consumer.behind'])
    expect(points(gauge, {}), gauge).toMatchObject([{ value: 0, attributes: name }]);
  for (const emitted of [collector.bytes(), lines]) {
    expect(emitted.length).toBeGreaterThan(100);
    expect(emitted).not.toContain('subject-');
  }
});

const PATIENCE = { timeout: 90_000, interval: 250 };
const ERROR = 2;

/** Fails for one subject, and names it. */
const visits = projection<number>('visits', {
  from: tableLog('visit', { key: ['player', 'day'], subject: 'player', fields: { score: 'score' } }),
  fields: { score: { type: 'int', min: 0, max: 100 } },
  fold: {
    initial: 0,
    step(n, { subject }) {
      if (subject === 'subject-7') throw new RangeError(`${subject} is not to be counted`);
      return n + 1;
    },
  },
}) as ScoreProjection;

const told = (lines: string, event: string): Record<string, unknown>[] =>
  lines
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const total = (values: readonly unknown[]): number => values.reduce<number>((sum, value) => sum + Number(value), 0);
