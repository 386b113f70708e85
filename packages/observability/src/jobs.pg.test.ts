import { trace } from '@opentelemetry/api';
import { connect, job, retry, subscribe } from '@scorekeep/queue';
import { createAdmin } from '@scorekeep/queue/admin';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { correlation, type LogLine, withCorrelation } from './index.ts';
import { startTelemetry } from './node/index.ts';
import { startCollector } from './testing/collector.ts';

test('a job is followed from the request through its retries to its dead letter, and waiting for jobs is silent', async () => {
  await using collector = await startCollector();
  const lines: LogLine[] = [];
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    logLevel: 'debug',
    log: (line) => lines.push(line),
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const keep = await connect({ url });
  const seen: (string | undefined)[] = [];
  const reward = job('reward', {
    retry: { limit: 1, delay: 1 },
    run: () => {
      seen.push(correlation()?.correlation_id);
      return retry('no_stock');
    },
  });
  await withCorrelation('request-7', () =>
    trace.getTracer('host').startActiveSpan('request', async (span) => {
      await keep.enqueue(reward, { secret: 'bob@example.com' });
      span.end();
    }),
  );
  const dead = new Promise<void>((resolve) => {
    const stop = subscribe('job.settled', ({ outcome }) => {
      if (outcome !== 'dead') return;
      stop();
      resolve();
    });
  });
  await keep.start({ jobs: [reward] });
  await dead;
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();

  const spans = collector.spans();
  const [request] = spans.filter((span) => span.name === 'request');
  const sent = spans.filter((span) => span.kind === 4);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId });
  const attempts = spans.filter((span) => span.name.startsWith('process '));
  expect(attempts).toHaveLength(2);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ kind: 5, links: [{ spanId: sent[0]?.spanId }], status: { code: 2 } });
    expect(attempt.attributes).toMatchObject({
      'messaging.message.conversation_id': 'request-7',
      'error.type': 'no_stock',
    });
    expect(attempt.parentSpanId).toBeUndefined();
  }
  expect(spans.filter((span) => span.kind === 3)).toEqual([]);
  expect(seen).toEqual(['request-7', 'request-7']);
  expect(lines.filter((line) => line.event === 'job.settled')).toMatchObject([
    { outcome: 'retry', correlation_id: 'request-7', trace_id: attempts[0]?.traceId },
    { outcome: 'dead_letter', correlation_id: 'request-7', trace_id: attempts[1]?.traceId },
  ]);
  const outcomes = collector
    .metrics()
    .get('scorekeep.attempts')
    ?.points.map((point) => point.attributes['scorekeep.outcome']);
  expect(outcomes?.toSorted()).toEqual(['dead_letter', 'retry']);
  const counted = (name: string): number[] =>
    (collector.metrics().get(name)?.points ?? [])
      .filter(({ attributes }) => attributes['messaging.destination.name'] === 'jobs/reward')
      .map(({ value, count }) => (Number.isNaN(value) ? count : value));
  expect(counted('messaging.client.sent.messages')).toEqual([1]);
  expect(counted('messaging.client.consumed.messages')).toEqual([2]);
  for (const histogram of ['scorekeep.wait.duration', 'messaging.process.duration'])
    expect(counted(histogram), histogram).toEqual([2]);
  expect(counted('scorekeep.e2e.duration')).toEqual([1]);
  expect(collector.bytes()).not.toContain('bob@example.com');
});

test('a job that is redriven from its dead letter is still linked to what enqueued it, and has its correlation', async () => {
  await using collector = await startCollector();
  const lines: LogLine[] = [];
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    logLevel: 'debug',
    log: (line) => lines.push(line),
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const keep = await connect({ url });
  let tries = 0;
  const reward = job('reward', {
    retry: { limit: 0 },
    run: () => (tries++ === 0 ? retry('no_stock') : undefined),
  });
  await withCorrelation('request-7', () => keep.enqueue(reward, {}));
  await keep.start({ jobs: [reward] });
  await keep.drain(reward);
  const letters = createAdmin(keep, { authorize: () => true }).deadLetters(reward, 'ann');
  await expect.poll(async () => (await letters.list()).length, { timeout: 60_000 }).toBe(1);
  // Whoever redrives it has a request of their own; the job goes on with its first one.
  await withCorrelation('request-8', () => letters.redrive({ request: 'ticket 17' }));
  await keep.drain(reward);
  await expect.poll(() => tries, { timeout: 60_000 }).toBe(2);
  await keep.stop();
  await telemetry.flush();
  await telemetry.shutdown();

  const [sent] = collector.spans().filter((span) => span.kind === 4);
  const attempts = collector.spans().filter((span) => span.name === 'process jobs/reward');
  expect(attempts).toHaveLength(2);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ links: [{ traceId: sent?.traceId, spanId: sent?.spanId }] });
    expect(attempt.attributes['messaging.message.conversation_id']).toBe('request-7');
  }
  expect(new Set(attempts.map(({ traceId }) => traceId)).size).toBe(2);
  expect(lines.filter(({ event }) => event === 'job.settled')).toMatchObject([
    { outcome: 'dead_letter', correlation_id: 'request-7', trace_id: attempts[0]?.traceId },
    { outcome: 'success', correlation_id: 'request-7', trace_id: attempts[1]?.traceId },
  ]);
});
