import { connect, job } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { correlation } from '../index.ts';
import { startTelemetry } from '../node/index.ts';
import { startCollector } from '../testing/collector.ts';
import { createContest, onDatabase } from '../testing/contest.ts';

test('whatever somebody has written where causes are stored, slices and jobs are worked, and nothing of it is sent', async () => {
  await using collector = await startCollector();
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    otlp: { url: collector.url, everyMs: 3_600_000 },
  });
  const { url } = await testDatabase();
  const points = await createContest(url, 10);
  const keep = await connect({ url });
  const seen: (string | undefined)[] = [];
  const reward = job('reward', { run: () => void seen.push(correlation()?.correlation_id) });
  const runs: string[] = [];
  for (const [i, hostile] of HOSTILE.entries()) {
    const { id: run } = await keep.run(points, { where: { player: `player ${i + 1}` } });
    const receipt = await keep.enqueue(reward, {});
    runs.push(run);
    await onDatabase(url, async (client) => {
      const carrier = JSON.stringify(hostile);
      await client.query('update scorekeep.run set trace_context = $2 where id = $1', [run, carrier]);
      const of = 'id' in receipt ? receipt.id : undefined;
      await client.query('update scorekeep_jobs.job set trace_context = $2 where id = $1', [of, carrier]);
    });
  }
  await keep.start({ projections: [points], jobs: [reward] });
  for (const run of runs) await keep.finished(run);
  await keep.drain(reward);
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();
  expect(seen).toHaveLength(HOSTILE.length);
  for (const id of seen) expect(id).toMatch(/^[\da-f-]{36}$/);
  expect(collector.bytes()).not.toContain('planted');
  for (const { links = [], name } of collector.spans()) {
    if (!name.startsWith('process ')) continue;
    for (const { traceId } of links) expect(traceId).toBe('a'.repeat(32));
  }
});

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const HOSTILE: readonly unknown[] = [
  [],
  'planted',
  7,
  { traceparent: { planted: 1 }, 'correlation-id': ['planted'] },
  { traceparent: TRACEPARENT, tracestate: `planted=${'x'.repeat(10_000_000)}` },
  { traceparent: `${TRACEPARENT}\nplanted`, 'correlation-id': 'planted \u001b[31m\n' },
  JSON.parse(`{"__proto__": {"traceparent": "${TRACEPARENT}"}, "constructor": "planted", "toString": "planted"}`),
  { baggage: 'planted=1', 'correlation-id': 'planted'.repeat(100) },
];
