import { connect } from '@scorekeep/queue';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { toStream, withCorrelation } from './index.ts';
import { startTelemetry } from './node/index.ts';
import { startCollector } from './testing/collector.ts';
import { createContest, onDatabase } from './testing/contest.ts';

test('an item that fails is traced from its slice to its dead letter, and no text of any error or row gets out', async () => {
  await using collector = await startCollector();
  let lines = '';
  const { url } = await testDatabase();
  const points = await createContest(url, 50);
  const telemetry = await startTelemetry({
    service: 'test',
    sample: 1,
    logLevel: 'debug',
    log: toStream({ write: (text: string) => (lines += text) }),
    logFields: ['user_id'],
    prometheus: { port: 0 },
    otlp: { url: collector.url, headers: { authorization: 'Bearer planted-token' }, everyMs: 3_600_000 },
    backup: () => Promise.reject(new Error(`no backup at ${SECRETS[1]}`)),
  });
  const keep = await connect({ url });
  await keep.status(points);
  await onDatabase(url, (client) => client.query(REFUSE));
  await keep.start({ projections: [points] });
  const run = await withCorrelation('request-7', () => keep.run(points));
  await keep.finished(run);
  await expect
    .poll(async () => (await keep.stats()).queues.find((queue) => queue.queue === 'dead/points_v1')?.ready, PATIENCE)
    .toBe(1);
  telemetry.security('auth_failed', { user_id: '17', password: SECRETS[0] });
  telemetry.event('odds_api_error', { url: SECRETS[1], user_id: '17' });
  const health = await (await fetch(`${telemetry.url}/healthz`)).text();
  await telemetry.refresh();
  const scraped = await (await fetch(`${telemetry.url}/metrics`)).text();
  await telemetry.flush();
  await keep.stop();
  await telemetry.shutdown();

  const spans = collector.spans();
  const inserted = spans.filter((span) => span.name === 'insert parked/points_v1');
  const slice = spans.find((span) => span.spanId === inserted[0]?.parentSpanId);
  expect(slice?.name).toBe('process slices/points_v1');
  expect(inserted).toMatchObject([{ traceId: slice?.traceId, kind: 4 }]);
  const attempts = spans.filter((span) => span.name === 'process parked/points_v1');
  expect(attempts).toHaveLength(4);
  expect(new Set(attempts.map((attempt) => attempt.traceId)).size).toBe(4);
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({ kind: 5, links: [{ traceId: slice?.traceId, spanId: inserted[0]?.spanId }] });
    expect(attempt.parentSpanId).toBeUndefined();
    expect(attempt.attributes['messaging.message.conversation_id']).toBe('request-7');
  }
  const retried = lines
    .split('\n')
    .filter((line) => line.includes('"event":"job.settled"'))
    .map((line) => JSON.parse(line));
  expect(retried.map(({ level, outcome }) => [level, outcome])).toEqual([
    ...Array.from({ length: 3 }, () => ['warn', 'retry']),
    ['error', 'dead_letter'],
  ]);
  for (const line of retried) {
    expect(line).toMatchObject({ queue: 'parked/points_v1', correlation_id: 'request-7', code: '23514' });
    expect(attempts.map((attempt) => attempt.traceId)).toContain(line.trace_id);
  }
  expect(slice).toMatchObject({ attributes: { 'scorekeep.items.scored': 49, 'scorekeep.outcome': 'success' } });
  expect(
    collector
      .metrics()
      .get('scorekeep.items')
      ?.points.map((point) => [point.attributes['scorekeep.outcome'], point.value]),
  ).toEqual(
    expect.arrayContaining([
      ['scored', 49],
      ['parked', 1],
    ]),
  );

  // The line of each event is there, and what was planted in an error, a row, a URL and a field is nowhere.
  for (const event of ['item.parked', 'auth_failed', 'odds_api_error', 'telemetry.failed'])
    expect(lines).toContain(`"event":"${event}"`);
  expect(lines).toContain('"user_id":"17"');
  // A server that trusts its users has none.
  const password = new URL(url).password || 'no password';
  for (const emitted of [collector.bytes(), lines, health, scraped]) {
    expect(emitted.length).toBeGreaterThan(100);
    const found = [...SECRETS, password, 'player 13', 'planted-token'].filter((secret) => emitted.includes(secret));
    expect(found).toEqual([]);
  }
});

const SECRETS = ['bob@example.com', 'postgres://ann:hunter2@db.example.com/cup'] as const;
/** The database refuses one row, and says so with what must not be told. */
const REFUSE = `
  create function refuse() returns trigger language plpgsql as $$
  begin
    if new.player = 'player 13' then raise exception 'player 13 is ${SECRETS[0]} of ${SECRETS[1]}' using errcode = '23514'; end if;
    return new;
  end $$;
  create trigger refuse before insert or update on scorekeep.score_points_v1 for each row when (new.reason >= 0) execute function refuse()`;
const PATIENCE = { timeout: 90_000, interval: 250 };
