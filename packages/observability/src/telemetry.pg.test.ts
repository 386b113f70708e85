import { trace } from '@opentelemetry/api';
import { connect } from '@scorekeep/queue';
import pg from 'pg';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { METRICS, type MetricDefinition, SPAN_ATTRIBUTES } from './catalogue.ts';
import { type LogLine, type TraceMode, withCorrelation } from './index.ts';
import { startTelemetry, type Telemetry } from './node/index.ts';
import { type Collector, pointsOf, type ReceivedSpan, startCollector } from './testing/collector.ts';
import { createContest } from './testing/contest.ts';

test('each slice is a trace of its own, linked to the run that made it, in the trace of the request', async () => {
  const { spans } = await scoredRun('link');
  const { request, send, slices } = told(spans);
  expect(send).toMatchObject({ kind: PRODUCER, traceId: request.traceId, parentSpanId: request.spanId });
  expect(slices).toHaveLength(SLICES);
  for (const slice of slices) {
    expect(slice).toMatchObject({ kind: CONSUMER, links: [{ traceId: send.traceId, spanId: send.spanId }] });
    expect(slice.parentSpanId).toBeUndefined();
    expect(slice.attributes).toMatchObject({
      'messaging.system': 'scorekeep',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'slices/points_v1',
      'messaging.message.conversation_id': 'request-7',
      'scorekeep.attempt': 1,
      'scorekeep.outcome': 'success',
    });
  }
  expect(new Set(slices.map((slice) => slice.traceId)).size).toBe(SLICES);
  expect(new Set(spans.map((span) => span.name))).toEqual(
    new Set(['request', 'send slices/points_v1', 'process slices/points_v1']),
  );
  const scored = slices.map((slice) => Number(slice.attributes['scorekeep.items.scored']));
  expect(scored.reduce((sum, n) => sum + n, 0)).toBe(TIPS);
});

test('in the mode `parent` slices are in the trace of the request, in the mode `none` in one of their own without a link', async () => {
  const inside = told((await scoredRun('parent')).spans);
  for (const slice of inside.slices) {
    expect(slice).toMatchObject({ traceId: inside.send.traceId, parentSpanId: inside.send.spanId });
    expect(slice.links).toHaveLength(1);
  }
  const apart = told((await scoredRun('none')).spans);
  for (const slice of apart.slices) {
    expect(slice.traceId).not.toBe(apart.send.traceId);
    expect(slice.links ?? []).toEqual([]);
  }
});

test('every metric that arrives is of the catalogue, with its kind, unit, buckets and attributes', async () => {
  const { metrics } = await scoredRun('link');
  const ours = [...metrics.values()].filter((metric) => metric.scope === '@scorekeep/observability');
  expect(ours.length).toBeGreaterThan(20);
  for (const metric of ours) {
    const definition: MetricDefinition | undefined = METRICS[metric.name as keyof typeof METRICS];
    expect(definition, metric.name).toBeDefined();
    expect(metric).toMatchObject({
      unit: definition?.unit,
      kind: definition?.kind === 'counter' ? 'sum' : definition?.kind,
    });
    for (const point of metric.points) {
      expect(definition?.attributes, metric.name).toEqual(expect.arrayContaining(Object.keys(point.attributes)));
      expect(point.bounds, metric.name).toEqual(definition?.buckets ?? []);
    }
  }
  const value = (name: string, where: Record<string, unknown>): number | undefined =>
    pointsOf(metrics, name, where)[0]?.value;
  expect(value('scorekeep.items', { 'scorekeep.outcome': 'scored' })).toBe(TIPS);
  expect(value('scorekeep.attempts', { 'scorekeep.outcome': 'success' })).toBe(SLICES);
  expect(value('messaging.client.sent.messages', { 'messaging.destination.name': 'slices/points_v1' })).toBe(SLICES);
  expect(value('scorekeep.run.progress', {})).toBe(1);
  expect(
    value('scorekeep.queue.messages', { 'messaging.destination.name': 'dead/points_v1', 'scorekeep.state': 'ready' }),
  ).toBe(0);
  expect(metrics.get('scorekeep.wait.duration')?.points[0]).toMatchObject({ count: SLICES });
  expect(metrics.get('messaging.process.duration')?.points[0]).toMatchObject({ count: SLICES });
  expect(metrics.get('nodejs.eventloop.utilization')?.unit).toBe('1');
  expect(metrics.has('pgboss.queue.jobs')).toBe(false);
});

test('the events of a run carry one correlation id, and those of a slice the trace of its span', async () => {
  const { lines, logs, spans } = await scoredRun('link');
  const of = (event: string): LogLine[] => lines.filter((line) => line.event === event);
  expect(of('run.started')).toMatchObject([{ correlation_id: 'request-7', projection: 'points_v1', slices: SLICES }]);
  expect(of('run.finished')).toMatchObject([{ correlation_id: 'request-7' }]);
  const traces = new Set(told(spans).slices.map((slice) => slice.traceId));
  expect(of('slice.committed')).toHaveLength(SLICES);
  for (const line of of('slice.committed')) {
    expect(line.correlation_id).toBe('request-7');
    expect(traces).toContain(line.trace_id);
  }
  const exported = logs.filter((log) => log.eventName === 'slice.committed');
  expect(new Set(exported.map((log) => log.traceId))).toEqual(traces);
});

test('a run that a sweep found over was told of without the correlation id of its request', async () => {
  await using collector = await startCollector();
  const lines: LogLine[] = [];
  const otlp = { url: collector.url, everyMs: 3_600_000 };
  const telemetry = await startTelemetry({ service: 'test', sample: 1, log: (line) => lines.push(line), otlp });
  const { url } = await testDatabase();
  const points = await createContest(url, 0);
  const keep = await connect({ url });
  const run = await withCorrelation('request-8', () => keep.run(points));
  const client = new pg.Client(url);
  await client.connect();
  await client.query('update scorekeep.slice set done_at = now(); update scorekeep.run set open_slices = 0');
  await client.end();
  await keep.start({ projections: [points] });
  await keep.finished(run);
  const finished = lines.filter((line) => line.event === 'run.finished');
  await keep.stop();
  await telemetry.shutdown();
  expect(finished).toMatchObject([{ correlation_id: 'request-8', run: run.id }]);
});

test('a process that waits for work sends no span', async () => {
  await using collector = await startCollector();
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const points = await createContest(url, 1);
  const keep = await connect({ url });
  await keep.finished(await keep.run(points, { inline: true }));
  await telemetry.flush();
  const before = collector.spans().length;
  await keep.start({ projections: [points] });
  const polls = await pollsOf(keep);
  expect(polls).toBeGreaterThan(0);
  await telemetry.flush();
  expect(collector.spans().slice(before)).toEqual([]);
  await keep.stop();
  await telemetry.shutdown();
});

/** Waits until the workers have looked for work several times. */
async function pollsOf(keep: Awaited<ReturnType<typeof connect>>): Promise<number> {
  const { subscribe } = await import('@scorekeep/queue');
  let swept = 0;
  await new Promise<void>((resolve) => {
    const stop = subscribe('work.swept', () => {
      if (++swept < 8) return;
      stop();
      resolve();
    });
  });
  await keep.stats();
  return swept;
}

const TIPS = 200;
const SLICES = 4;
const [PRODUCER, CONSUMER] = [4, 5];

interface Told {
  readonly spans: ReceivedSpan[];
  readonly metrics: ReturnType<Collector['metrics']>;
  readonly logs: ReturnType<Collector['logs']>;
  readonly lines: readonly LogLine[];
}

/** A run of {@link SLICES} slices asked for by a request, worked to its end, and what a collector was told of it. */
async function scoredRun(traceMode: TraceMode): Promise<Told> {
  await using collector = await startCollector();
  const lines: LogLine[] = [];
  const telemetry: Telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    traceMode,
    logLevel: 'debug',
    log: (line) => lines.push(line),
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const points = await createContest(url, TIPS);
  const keep = await connect({ url, batchSize: TIPS / SLICES });
  const run = await withCorrelation('request-7', () =>
    trace.getTracer('host').startActiveSpan('request', async (span) => {
      const started = await keep.run(points);
      span.end();
      return started;
    }),
  );
  await keep.start({ projections: [points] });
  await keep.finished(run);
  await telemetry.refresh();
  await telemetry.flush();
  const told = { spans: collector.spans(), metrics: collector.metrics(), logs: collector.logs(), lines };
  await keep.stop();
  await telemetry.shutdown();
  return told;
}

function told(spans: readonly ReceivedSpan[]): { request: ReceivedSpan; send: ReceivedSpan; slices: ReceivedSpan[] } {
  for (const span of spans) for (const key of Object.keys(span.attributes)) expect(SPAN_ATTRIBUTES).toContain(key);
  const one = (name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name);
    expect(found).toHaveLength(1);
    return found[0] as ReceivedSpan;
  };
  return {
    request: one('request'),
    send: one('send slices/points_v1'),
    slices: spans.filter((span) => span.name === 'process slices/points_v1'),
  };
}
