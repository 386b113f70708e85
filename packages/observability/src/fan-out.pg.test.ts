import { connect } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { startTelemetry } from './node/index.ts';
import { startCollector } from './testing/collector.ts';
import { createContest } from './testing/contest.ts';

test('ten thousand items in five hundred slices stay small traces and few series', async () => {
  await using collector = await startCollector();
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const points = await createContest(url, 10_000);
  const keep = await connect({ url, batchSize: 20 });
  const run = await keep.run(points);
  await keep.start({ projections: [points], workers: 4 });
  const { slices, scored } = await keep.finished(run);
  await keep.stop();
  await telemetry.flush();
  await telemetry.shutdown();
  expect(scored).toBe(10_000);
  expect(slices).toBeGreaterThan(300);
  const spans = collector.spans();
  const send = spans.filter((span) => span.name === 'send slices/points_v1');
  const slicesSeen = spans.filter((span) => span.name === 'process slices/points_v1');
  expect(new Set(slicesSeen.map((span) => span.attributes['messaging.message.id'])).size).toBe(slices);
  const perTrace = Map.groupBy(spans, (span) => span.traceId);
  expect(Math.max(...[...perTrace.values()].map((trace) => trace.length))).toBeLessThan(10);
  for (const span of slicesSeen) expect(span.links).toMatchObject([{ spanId: send[0]?.spanId }]);
  for (const metric of collector.metrics().values()) expect(metric.points.length, metric.name).toBeLessThan(50);
});
