import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, launched } from '../testing/events.ts';
import { type Game, openGame } from '../testing/open-game.ts';

let game: Game;
beforeAll(async () => {
  game = await openGame({ direct: true });
});
afterAll(() => game.close());

const NUMBER = expect.any(Number);

test('every path of the guide’s answers and jq commands has a number, before the first event as well', async () => {
  const queue = {
    total_queued: NUMBER,
    total_processed: NUMBER,
    total_failed: NUMBER,
    queue: { waiting: NUMBER, active: NUMBER, completed: NUMBER, failed: NUMBER },
    workers: NUMBER,
    capacity_per_second: NUMBER,
    current_load_percent: NUMBER,
  };
  const { json } = await game.get('/api/events/stats');
  // An average of nothing is none, which no alert of the guide's is above.
  expect(json).toMatchObject({ queue, summary: { avg_processing_time_seconds: null } });
  await game.post('/api/events', [launched('ann'), ended('ann', 5)]);
  const after = await game.get('/api/events/stats?timeframe=1h');
  expect(after.json).toMatchObject({
    queue: { ...queue, total_queued: 2, total_processed: 2, queue: { completed: 2 } },
    summary: { total_events: 2, processed_events: 2, pending_events: 0, avg_processing_time_seconds: NUMBER },
  });
  expect((await game.get('/api/events/recent')).json).toMatchObject({
    events: [{ processing_error: null }, { processing_error: null }],
  });
});

test('the guide’s alerts make the health degraded, and are told by their paths', async () => {
  expect((await game.get('/api/events/health')).json).toMatchObject({ status: 'healthy', alerts: {} });
  await game.pipeline.ingest(
    Array.from({ length: 501 }, (_, i) => ({
      id: `waits ${i}`,
      type: 'app_launched',
      subject: `player ${i}`,
      time: new Date().toISOString(),
      data: {},
    })),
  );
  expect(await game.get('/api/events/health')).toMatchObject({
    statusCode: 200,
    json: { status: 'degraded', alerts: { '.queue.queue.waiting': 501 } },
  });
});
