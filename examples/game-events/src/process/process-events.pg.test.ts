import { afterAll, beforeAll, expect, test } from 'vitest';
import { earned, ended, launched } from '../testing/events.ts';
import { ADMIN, type Game, openGame } from '../testing/open-game.ts';
import { judge } from '../verdict.ts';
import { processNext } from './process-events.ts';

let game: Game;
beforeAll(async () => {
  game = await openGame();
});
afterAll(() => game.close());

const send = (events: unknown): ReturnType<Game['post']> => game.post('/api/events', events);
const judged = () => game.keep.transaction(judge);
const CLEAN = { pending: 0, lost: 0, double: 0, wrong: 0 };

test('an event is kept before the answer, processed once, and sent again it is a duplicate', async () => {
  const event = ended('ann', 40, { event_id: 'e1' });
  expect((await send(event)).json).toMatchObject({
    success: true,
    accepted: 1,
    events: [{ event_id: 'e1', status: 'accepted' }],
  });
  expect(await judged()).toMatchObject({ acknowledged: 1, pending: 1 });
  await game.pipeline.processAll();
  expect((await send([event, event])).json).toMatchObject({ accepted: 0, duplicates: 2 });
  expect((await send({ ...event, score: 41 })).json).toMatchObject({
    success: false,
    rejected: 1,
    events: [{ event_id: 'e1', status: 'conflict', code: 'conflict', path: 'event_id' }],
  });
  expect(await game.pipeline.processAll()).toBe(0);
  expect(await judged()).toEqual({ acknowledged: 1, ...CLEAN });
});

test('a request that is repeated under its idempotency key counts once', async () => {
  const request = [launched('bob', { nickname: 'Bob' }), earned('bob', 5)];
  const headers = { 'idempotency-key': 'request-1' };
  expect((await game.post('/api/events', request, headers)).json).toMatchObject({ accepted: 2 });
  expect((await game.post('/api/events', request, headers)).json).toMatchObject({ accepted: 0, duplicates: 2 });
});

test('two players may use the same event_id, and the same idempotency key: each event is kept, and is its own retry', async () => {
  const players = Array.from({ length: 60 }, (_, i) => `numbers ${i}`);
  const sent = players.map((user) => launched(user, { event_id: '1' }));
  const own = players.map(() => ({ event_id: '1', status: 'accepted' }));
  expect((await send(sent)).json).toMatchObject({ accepted: 60, events: own });
  expect((await send(sent)).json).toMatchObject({ accepted: 0, duplicates: 60 });
  for (const kept of ['accepted', 'duplicates']) {
    for (const { event_id, ...event } of sent) {
      expect((await game.post('/api/events', event, { 'idempotency-key': '7' })).json).toMatchObject({ [kept]: 1 });
    }
  }
});

test('what is wrong with a player is said of user_id', async () => {
  const of = (user_id: unknown) => ({ ...launched('x'), user_id, event_id: '1' });
  expect((await send([of(''), of(7), of('a\0b')])).json['events']).toMatchObject([
    { code: 'malformed', path: 'user_id', message: 'user_id must not be empty.' },
    { code: 'wrong-type', path: 'user_id' },
    { code: 'nul', path: 'user_id', message: 'user_id has U+0000.' },
  ]);
});

test('what is bad is refused with its place, and what stands beside it is kept', async () => {
  const answer = await send([
    launched('cid'),
    { ...ended('cid', 1), score: -1 },
    { event_type: 'won' },
    7,
    ended('cid', 1e6),
  ]);
  expect(answer.statusCode).toBe(200);
  expect(answer.json).toMatchObject({
    accepted: 1,
    quarantined: 1,
    rejected: 3,
    events: [
      { status: 'accepted' },
      { status: 'rejected', code: 'schema', path: 'data.score' },
      { status: 'rejected' },
      { status: 'rejected', code: 'not-object' },
      { status: 'quarantined', reasons: ['implausible:scoreRate'] },
    ],
  });
  expect((await send([{ event_type: 'won', user_id: 'cid' }])).statusCode).toBe(400);
});

test('what nobody believed waits for an administrator, counts once it is released, and never when it is discarded', async () => {
  await send([ended('moe', 1e6), ended('ned', 1e6)]);
  await game.pipeline.processAll();
  expect(await game.sql(`select from leaderboard_global where user_id in ('moe', 'ned')`)).toEqual([]);
  const { events } = (await game.get('/api/events/quarantined', ADMIN)).json as { events: { subject: string }[] };
  const of = (user: string) => ({ events: events.filter(({ subject }) => subject === user) });
  expect((await game.post('/api/events/quarantined/release', of('moe'))).statusCode).toBe(403);
  expect((await game.post('/api/events/quarantined/release', of('moe'), ADMIN)).json).toMatchObject({ released: 1 });
  expect((await game.post('/api/events/quarantined/discard', of('ned'), ADMIN)).json).toMatchObject({ discarded: 1 });
  await game.pipeline.processAll();
  expect(await game.sql(`select user_id from leaderboard_global where user_id in ('moe', 'ned')`)).toEqual([
    { user_id: 'moe' },
  ]);
  expect(await judged()).toMatchObject(CLEAN);
});

test('fields that no schema knows are kept, and counted for an administrator', async () => {
  await send(launched('cid', { colour: 'red' }));
  // Counts are written every few seconds.
  await expect
    .poll(async () => (await game.get('/api/events/log', ADMIN)).json, { timeout: 60_000, interval: 500 })
    .toMatchObject({ log: { drift: [{ type: 'app_launched', field: 'colour', events: 1 }] } });
});

test('urgent events are processed before all that came earlier and is not', async () => {
  await game.pipeline.processAll();
  await send(Array.from({ length: 900 }, (_, i) => launched(`crowd ${i}`)));
  await send(ended('dee', 77));
  await processNext(game.keep, game.pipeline.retry, 50);
  while ((await game.sql(`select from leaderboard_global where user_id = 'dee'`)).length === 0) {
    const [{ done } = {}] = await game.sql(`select count(*)::int as done from events where user_id like 'crowd %'`);
    expect(done, 'nothing ordinary is done while an urgent event waits').toBe(0);
    await processNext(game.keep, game.pipeline.retry, 50);
  }
  await game.pipeline.processAll();
  expect(await judged()).toMatchObject(CLEAN);
});

test('an event that the database refuses fails alone, is tried three times, and goes on once the cause is mended', async () => {
  await game.sql(`alter table player_stats add constraint no_eve check (user_id <> 'eve')`);
  await send([ended('eve', 9), ...Array.from({ length: 40 }, (_, i) => ended(`fay ${i}`, i))]);
  await game.pipeline.processAll();
  const failed = () =>
    game.sql(
      `select processing_attempts as attempts, processing_error as error, processed_at from events where user_id = 'eve'`,
    );
  expect(await failed()).toEqual([{ attempts: 1, error: '23514', processed_at: null }]);
  expect(await game.sql(`select from leaderboard_global where user_id like 'fay %'`)).toHaveLength(40);
  expect((await game.get('/api/events/stats')).json).toMatchObject({
    queue: { queue: { delayed: 1, waiting: 0, failed: 0 } },
  });

  await game.keep.start({ jobs: [game.pipeline.retry] });
  await game.keep.drain(game.pipeline.retry);
  expect(await failed()).toEqual([{ attempts: 3, error: '23514', processed_at: null }]);
  expect((await game.get('/api/events/stats')).json).toMatchObject({
    summary: { failed_events: 1 },
    queue: { total_failed: 1, queue: { delayed: 0, failed: 1 } },
  });
  const { events } = (await game.get('/api/events/recent?limit=5')).json as {
    events: { processing_error: unknown; user_id: string }[];
  };
  expect(events.filter((one) => one.processing_error !== null)).toMatchObject([{ user_id: 'eve' }]);

  await game.sql('alter table player_stats drop constraint no_eve');
  expect((await game.post('/api/events/retry-failed', {})).statusCode).toBe(403);
  expect((await game.post('/api/events/retry-failed', {}, ADMIN)).json).toMatchObject({ retried: 1 });
  await game.keep.drain(game.pipeline.retry);
  expect((await failed())[0]).toMatchObject({ error: null, processed_at: expect.any(Date) });
  expect(await judged()).toMatchObject(CLEAN);
});

test('workers of several processes at once do each event once', async () => {
  const other = await openGameOn(game);
  await send(
    Array.from({ length: 900 }, (_, i) => (i % 3 === 0 ? earned(`gus ${i % 90}`, 1) : ended(`gus ${i % 90}`, i % 100))),
  );
  await Promise.all([game, other, game, other].map(({ pipeline }) => pipeline.processAll()));
  expect(await judged()).toMatchObject(CLEAN);
  await other.keep.stop();
});

test('old lines are removed on demand, those of failed events and all counts stay', async () => {
  const [before] = await game.sql('select sum(total_games_played)::int as games from player_stats');
  const { json } = await game.post('/api/events/cleanup', { grace_ms: 0 }, ADMIN);
  expect(json['removed']).toBeGreaterThan(900);
  expect(await game.sql('select from events where processed_at is not null')).toEqual([]);
  expect(await game.sql('select sum(total_games_played)::int as games from player_stats')).toEqual([before]);
});

test('an event of a newer release is left to processes of that release', async () => {
  await send(launched('hal', { event_version: 1 }));
  await game.sql(`update scorekeep.events_game set schema_version = 9 where subject = 'hal'`);
  await expect(game.pipeline.processAll()).rejects.toThrow(expect.objectContaining({ code: 'EVENT_NEWER' }));
  await game.sql(`update scorekeep.events_game set schema_version = 1 where subject = 'hal'`);
  expect(await game.pipeline.processAll()).toBeGreaterThan(0);
});

async function openGameOn({ url }: Game) {
  const { connect } = await import('@scorekeep/queue');
  const { pipelineOf } = await import('../pipeline.ts');
  const keep = await connect({ url });
  return { keep, pipeline: pipelineOf(keep, { retentionDays: 30 }) };
}
