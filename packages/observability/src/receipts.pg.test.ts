import { eventType } from '@scorekeep/core/events';
import { connect, eventLog } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { startTelemetry } from './node/index.ts';
import { startCollector } from './testing/collector.ts';

test('what became of events that were handed in is counted, each once', async () => {
  await using collector = await startCollector();
  const telemetry = await startTelemetry({ service: 'test', otlp: { url: collector.url, everyMs: 3_600_000 } });
  const { url } = await testDatabase();
  const keep = await connect({ url });
  const anything = {
    '~standard': { version: 1 as const, vendor: 'by hand', validate: (value: unknown) => ({ value }) },
  };
  const game = eventLog('game', { types: [eventType('game_ended', { schema: anything, subject: () => 'ann' })] });
  const event = (id: string, score: number): object => ({ id, type: 'game_ended', subject: 'ann', data: { score } });
  const receipts = [
    ...(await keep.ingest(game, [event('1', 1), event('2', 2)])),
    ...(await keep.ingest(game, [event('1', 1), event('2', 99), { type: 'nothing' }])),
  ];
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();
  const counted = Object.fromEntries(
    (collector.metrics().get('scorekeep.receipts')?.points ?? []).map((point) => [
      point.attributes['scorekeep.outcome'],
      point.value,
    ]),
  );
  const statuses = Map.groupBy(receipts, (receipt) => receipt.status);
  expect(statuses.size).toBeGreaterThan(2);
  expect(counted).toEqual(Object.fromEntries([...statuses].map(([status, all]) => [status, all.length])));
  expect(collector.metrics().get('scorekeep.ingest.duration')?.points[0]?.attributes).toEqual({
    'messaging.destination.name': 'log/game',
  });
});
