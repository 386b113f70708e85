import { createHash } from 'node:crypto';
import { decider, eventType } from '@scorekeep/core/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { onDatabase } from '../testing/contest.ts';
import { eventKey } from './event-key.ts';
import { eventLog } from './event-log.ts';
import { shardOf } from './shard-of.ts';
import { ended, type GameEnded, gameLog, idOfTime, schemaOf } from './testing/game.ts';
import { joined, points, room, roomLog } from './testing/room.ts';

let url: string;
let keep: Keep;
beforeAll(async () => {
  ({ url } = await testDatabase());
  keep = await connect({ url });
});
afterAll(() => keep.stop());

const sql = async (text: string): Promise<Record<string, unknown>[]> =>
  onDatabase(url, async (client) => (await client.query(text)).rows);

test('the first command of an erasable stream was a conflict when repeated, and could be guessed after an erasure', async () => {
  const log = roomLog('keyed', { erasable: true });
  const join = () => keep.decide(log, 's', room, { player: 'ann' }, { commandId: 'c' });
  const first = await join();
  expect(first.status).toBe('appended');
  expect(await join()).toEqual({ ...first, repeated: true });
  await keep.logs.erase(log, 's');
  const guess = createHash('sha256').update('["room",{"player":"ann"}]').digest('hex');
  expect(await sql(`select 1 from scorekeep.stream_command where digest = '${guess}'`)).toEqual([]);
  expect(await join()).toMatchObject({ status: 'rejected', reason: { code: 'erased' } });
});

/** Believes any score. */
const trusting = eventType('game_ended', {
  schema: schemaOf<GameEnded>(() => true),
  subject: (event) => event.user_id,
});

/** A stream for each shard. */
const STREAMS = Array.from({ length: 8 }, (_, shard) => {
  for (let i = 0; ; i++) if (shardOf(`r${i}`, 8) === shard) return `r${i}`;
});

/** Fills the first segment of a log with a stream for each shard, all with snapshots and older than an hour. */
async function fillSegment(log: ReturnType<typeof roomLog>): Promise<void> {
  const ten = Array.from({ length: 10 }, () => points('ann', 1));
  for (const stream of STREAMS) {
    await keep.append(log, stream, ten, { expectedVersion: 'none' });
    await keep.fold(log, stream, room, { snapshotEvery: 1 });
  }
  await sql(`update scorekeep.events_${log.name} set recorded_at = recorded_at - interval '2 hours'`);
}

test('a fold that has no snapshot of what was pruned answered the initial state', async () => {
  const log = roomLog('pruned', { segmentSize: 10, retain: '1 hour' });
  await fillSegment(log);
  expect(await keep.logs.prune(log)).toMatchObject({ segments: [{ number: 0, detached: true }] });
  const stream = STREAMS[0] as string;
  const gap = { name: 'EventsError', code: 'VERSION_GAP' };
  const other = { ...room, name: 'other' };
  await expect(keep.fold(log, stream, other)).rejects.toMatchObject(gap);
  await expect(keep.fold(log, stream, room, { at: 5 })).rejects.toMatchObject(gap);
  await expect(keep.catchUp(log, stream, other, { since: 0 })).rejects.toMatchObject(gap);
  await expect(keep.decide(log, stream, other, { player: 'bob' })).rejects.toMatchObject(gap);
  await expect(keep.logs.history(log, stream, room)).rejects.toMatchObject(gap);
  expect(await keep.fold(log, stream, room)).toEqual({ state: { ann: 10 }, version: 10, erased: false });
});

test.each([false, true])(
  'a snapshot by an earlier version of a fold let a segment go that the deployed one needed (erasable: %s)',
  async (erasable) => {
    const log = roomLog(`outdated_${erasable}`, { segmentSize: 10, retain: '1 hour', erasable });
    await fillSegment(log);
    const deployed = { ...room, foldHash: 'of another version' };
    expect(await keep.logs.prune(log, { folds: [deployed] })).toMatchObject({ segments: [{ detached: true }] });
    for (const stream of STREAMS) expect(await keep.fold(log, stream, deployed)).toMatchObject({ state: { ann: 10 } });
  },
);

test('events of one subject lost their order in an erasable log, because their keys were awaited apart', async () => {
  const log = gameLog({ erasable: true }, 'ordered');
  await keep.ingest(log, ended(0));
  for (let i = 0; i < 40; i++) {
    const calls = [0, 1, 2, 3].map((n) => keep.ingest(log, ended(1_000 * i + n, `user ${i}`)));
    const positions = (await Promise.all(calls)).map(([receipt]) => (receipt as { position: number }).position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  }
});

test('a process held any number of events that waited for something else than the lanes', async () => {
  const log = gameLog({ limits: { waiting: 100, patience: 60_000 } }, 'held');
  await keep.ingest(log, ended(0));
  const doubted = (call: number) =>
    keep.ingest(
      log,
      Array.from({ length: 200 }, (_, n) => ended(1_000 * call + n, 'ann', { score: 9_999 })),
    );
  const first = await onDatabase(url, async (client) => {
    await client.query('begin');
    await client.query('lock table scorekeep.quarantine in access exclusive mode');
    const waits = doubted(1);
    for (let call = 2; call < 5; call++)
      await expect(doubted(call)).rejects.toMatchObject({ code: 'UNAVAILABLE', fields: { reason: 'busy' } });
    await client.query('rollback');
    return waits;
  });
  expect(first).toHaveLength(200);
  expect(await doubted(1)).toEqual(first);
});

test('a command that was in flight twice was refused for what it had just done itself', async () => {
  const log = roomLog('twice');
  for (let i = 0; i < 30; i++) {
    const decided = await Promise.all(
      [0, 1, 2].map(() => keep.decide(log, `s${i}`, room, { player: 'ann' }, { commandId: 'c' })),
    );
    for (const one of decided) expect(one).toMatchObject({ status: 'appended', version: 1 });
    expect(decided.filter((one) => 'repeated' in one && one.repeated)).toHaveLength(2);
  }
});

test('a stream that was erased held its segments for ever, and a segment that was filling held up without a word', async () => {
  const log = roomLog('held_up', { segmentSize: 10, retain: '1 hour', erasable: true });
  await fillSegment(log);
  await keep.append(log, STREAMS[0] as string, [points('ann', 1)], { expectedVersion: 10 });
  await sql(`update scorekeep.events_held_up set recorded_at = recorded_at - interval '2 hours'`);
  await keep.logs.erase(log, STREAMS[0] as string);
  expect((await keep.logs.prune(log)).segments).toMatchObject([
    { number: 0, detached: true, evidence: { streams: 8 } },
    { number: 1, detached: false, heldBy: 'filling' },
  ]);
});

test('verifyChain threw at a body that was spoilt, and did not see events behind the head', async () => {
  const sealed = roomLog('spoilt', { erasable: true, chained: true });
  for (let i = 0; i < 3; i++) await keep.append(sealed, 's', [points('ann', i)], { expectedVersion: i });
  for (const body of ['"AAAA"', `"${'A'.repeat(60)}"`, '7', '{"player": "ann", "points": 1}']) {
    await sql(`update scorekeep.events_spoilt set body = '${body}' where version = 2`);
    expect(await keep.logs.verifyChain(sealed, 's')).toMatchObject({ ok: false, version: 2, fault: 'payload' });
  }
  const log = roomLog('forged', { chained: true });
  for (let i = 0; i < 3; i++) await keep.append(log, 's', [points('ann', i)], { expectedVersion: i });
  expect(await keep.logs.verifyChain(log, 's')).toMatchObject({ ok: true, head: { version: 3 } });
  await sql(`insert into scorekeep.event (position, occurred_at, key, version, log, shard, type, schema_version, subject, hash, digest, body)
    select position + 1, occurred_at, gen_random_uuid(), 4, log, shard, type, schema_version, subject, 'x', 'y', body
    from scorekeep.events_forged where version = 3`);
  expect(await keep.logs.verifyChain(log, 's')).toMatchObject({ ok: false, version: 4, fault: 'head', found: '4' });
  await sql(`delete from scorekeep.stream where log = (select id from scorekeep.event_log where name = 'forged')`);
  expect(await keep.logs.verifyChain(log, 's')).toMatchObject({ ok: false, version: 4, fault: 'head' });
});

const waiting = () =>
  sql(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);

test.each(['new', 'repeated'])(
  'an event that waited behind %s ones was accepted after setReadonly had resolved',
  async (before) => {
    const name = `closing_${before}`;
    const log = gameLog({ limits: { patience: 60_000 } }, name);
    await keep.ingest(log, ended(1));
    // From then on it is looked whether events are there, by another statement.
    if (before === 'repeated') await keep.ingest(log, ended(1));
    const [receipts, headsThen] = await onDatabase(url, async (client) => {
      await client.query('begin');
      await client.query(
        `insert into scorekeep.seen_${name} (log, shard, key, digest) select log, $1, $2, 0 from scorekeep.seen_${name}`,
        [shardOf('user-2', 8), eventKey('event-2', undefined).key],
      );
      // Waits for a key that is about to be taken, and then so does the switch for what waits.
      const held = keep.ingest(log, ended(2));
      await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
      const closed = keep.logs.setReadonly(log, true).then(async () => (await keep.logs.statistics(log)).heads);
      await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(2);
      await client.query('rollback');
      return Promise.all([held, closed]);
    });
    expect(receipts).toMatchObject([{ status: 'accepted' }]);
    expect((await keep.logs.statistics(log)).heads).toEqual(headsThen);
    await expect(keep.ingest(log, ended(3))).rejects.toMatchObject({ fields: { reason: 'readonly' } });
  },
);

test('a read-only log kept doubted events aside, and told their sender that it had them', async () => {
  const log = gameLog({}, 'shut');
  const cheat = ended(1, 'eve', { score: 9_999 });
  await keep.logs.setReadonly(log, true);
  await expect(keep.ingest(log, cheat)).rejects.toMatchObject({ code: 'UNAVAILABLE', fields: { reason: 'readonly' } });
  expect(await keep.logs.quarantined(log)).toEqual([]);
  await keep.logs.setReadonly(log, false);
  expect(await keep.ingest(log, cheat)).toMatchObject([{ status: 'quarantined' }]);
});

test('a doubted event that waited was kept aside after setReadonly had resolved', async () => {
  const log = gameLog({ limits: { patience: 60_000 } }, 'closing_aside');
  await keep.ingest(log, ended(1));
  const [receipts, keptThen] = await onDatabase(url, async (client) => {
    await client.query('begin');
    // What is kept aside refers to this row, and waits for it when it has been looked whether the log is open.
    await client.query(`select from scorekeep.event_log where name = 'closing_aside' for update`);
    const held = keep.ingest(log, ended(2, 'eve', { score: 9_999 }));
    await expect.poll(waiting, { timeout: 20_000 }).toHaveLength(1);
    let isClosed = false;
    const closed = keep.logs.setReadonly(log, true).then(async () => {
      const kept = await keep.logs.quarantined(log);
      isClosed = true;
      return kept;
    });
    await expect.poll(async () => isClosed || (await waiting()).length === 2, { timeout: 20_000 }).toBe(true);
    await client.query('rollback');
    return Promise.all([held, closed]);
  });
  expect(receipts).toMatchObject([{ status: 'quarantined' }]);
  expect(await keep.logs.quarantined(log)).toEqual(keptThen);
});

test('numbers, texts and times that Postgres cannot hold came back as errors of the database, or as those of another', async () => {
  const log = roomLog('unstorable', { erasable: true });
  const one = [points('ann', 1)];
  await keep.append(log, 's', one, { expectedVersion: 'none' });
  expect(await keep.append(log, 's', one, { expectedVersion: 2 ** 31 })).toEqual({ status: 'conflict', version: 1 });
  expect(await keep.catchUp(log, 's', room, { since: 3e9 })).toMatchObject({ version: 1, snapshot: { version: 1 } });
  expect(await keep.fold(log, 's', room, { at: 3e9 })).toMatchObject({ version: 1 });
  expect(await keep.read(log, 's', { after: 3e9, to: 4e9, audit: { reader: 'eve' } })).toEqual({
    version: 1,
    events: [],
  });
  const drain = async (events: AsyncIterable<unknown>) => {
    for await (const _ of events);
  };
  const refused: Record<string, () => Promise<unknown>> = {
    at: () => keep.fold(log, 's', room, { at: 0.5 }),
    since: () => keep.catchUp(log, 's', room, { since: -1 }),
    after: () => keep.read(log, 's', { after: Number.NaN }),
    to: () => keep.read(log, 's', { to: 0.5 }),
    reader: () => keep.read(log, 's', { audit: { reader: '\0' } }),
    time: () => keep.append(log, 's', one, { expectedVersion: 'any', time: -8e15 }),
    shard: () => keep.logs.read(log, { shard: 70_000, after: 0, limit: 1 }),
    position: () => keep.logs.read(log, { shard: 0, after: 1e300, limit: 1 }),
    replayed: () => drain(keep.logs.replay(log, { after: 0.5 })),
    recordedFrom: () => drain(keep.logs.replay(log, { recordedFrom: -8e15 })),
    recordedBefore: () => drain(keep.logs.export(log, { recordedBefore: Number.POSITIVE_INFINITY })),
  };
  for (const name of ['a\0b', 'k\ud800', 'k\ud801']) {
    refused[`append ${name}`] = () => keep.append(log, name, one, { expectedVersion: 'any' });
    refused[`append as ${name}`] = () => keep.append(log, 's', one, { expectedVersion: 'any', commandId: name });
    refused[`decide ${name}`] = () => keep.decide(log, name, room, { player: 'bob' });
    refused[`decide as ${name}`] = () => keep.decide(log, 's', room, { player: 'bob' }, { commandId: name });
    refused[`read ${name}`] = () => keep.read(log, name);
    refused[`fold ${name}`] = () => keep.fold(log, name, room);
    refused[`catchUp ${name}`] = () => keep.catchUp(log, name, room, { since: 0 });
    refused[`history ${name}`] = () => keep.logs.history(log, name, room);
    refused[`erase ${name}`] = () => keep.logs.erase(log, name);
    refused[`recent ${name}`] = () => keep.logs.recent(log, { subject: name });
    refused[`verifyChain ${name}`] = () => keep.logs.verifyChain(roomLog('unstorable_chain', { chained: true }), name);
  }
  for (const [name, call] of Object.entries(refused)) {
    await expect(call(), name).rejects.toMatchObject({ name: 'ScorekeepError', code: 'DEFINITION_INVALID' });
  }
});

test('an event with as many extension attributes as a log takes could be exported and not ingested again', async () => {
  const from = gameLog({}, 'exported');
  const extensions = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`extension${i}`, i]));
  await keep.ingest(from, { ...ended(1), ...extensions });
  const into = gameLog({ source: '/exported' }, 'imported');
  for await (const line of keep.logs.export(from)) {
    expect(await keep.ingest(into, line)).toMatchObject([{ status: 'accepted' }]);
  }
  expect(await keep.logs.recent(into)).toMatchObject([{ id: 'event-1', extensions }]);
});

test('the same data under another version of its type was a duplicate', async () => {
  const versioned = eventType('moved', {
    schema: schemaOf<object>(() => true),
    version: 2,
    upcast: { 1: (data) => data },
  });
  const log = eventLog('versioned', { types: [versioned] });
  const moved = (id: string, dataversion: number) => ({ id, type: 'moved', subject: 's', dataversion, data: { x: 1 } });
  const statuses = async (...input: object[]) => (await keep.ingest(log, input)).map(({ status }) => status);
  expect(await statuses(moved('a', 1), moved('b', 2))).toEqual(['accepted', 'accepted']);
  expect(await statuses(moved('a', 2), moved('b', 2))).toEqual(['conflict', 'duplicate']);
  expect(await statuses(moved('a', 1), moved('b', 1))).toEqual(['duplicate', 'conflict']);
  // Alone, and at the same moment as another.
  expect(await statuses(moved('a', 2))).toEqual(['conflict']);
  const crowd = await Promise.all([1, 2, 1, 2].map((version) => statuses(moved('c', version))));
  expect(crowd.flat().sort()).toEqual(['accepted', 'conflict', 'conflict', 'duplicate']);
});

test('an event in the log and kept aside too was in the log twice when it was released after its id was forgotten', async () => {
  const log = gameLog({ horizon: '1 hour' }, 'forgotten');
  const cheat = { ...ended(1, 'eve', { score: 9_999 }), id: '00000000-0000-4000-8000-000000000000' };
  await keep.ingest(log, cheat);
  await keep.ingest(gameLog({ horizon: '1 hour', types: [trusting] }, 'forgotten'), cheat);
  // Its id was made three hours ago; nobody would take that by now, so it is told of afterwards.
  const id = idOfTime(Date.now() - 3 * 3_600_000);
  await sql(`update scorekeep.seen_forgotten set key = '${id}'`);
  await sql(`update scorekeep.quarantine set key = '${id}' where key = '${cheat.id}'`);
  const doubted = await keep.logs.quarantined(log);
  expect(doubted).toMatchObject([{ key: id }]);
  expect(await keep.logs.prune(log)).toMatchObject({ ids: 1 });
  expect(await keep.logs.release(log, doubted)).toEqual([]);
  expect((await keep.logs.statistics(log)).events).toBe(1);
});

test('a stream too short for a snapshot, and a consumer that never came back, held pruning up for ever', async () => {
  const log = roomLog('short', { segmentSize: 10, retain: '1 hour' });
  const ten = Array.from({ length: 10 }, () => points('ann', 1));
  for (const stream of STREAMS) await keep.append(log, stream, ten, { expectedVersion: 'none' });
  await sql(`update scorekeep.events_short set recorded_at = recorded_at - interval '2 hours'`);
  await keep.consume(log, 'gone', async () => undefined, { limit: 3 });
  expect(await keep.logs.consumers(log)).toEqual([
    { consumer: 'gone', at: Array(8).fill(3), behind: 56, waitingSince: expect.any(Number) },
  ]);
  expect((await keep.logs.prune(log)).segments).toMatchObject([{ heldBy: 'consumer:gone' }]);
  expect(await keep.logs.retireConsumer(log, 'gone')).toBe(true);
  expect(await keep.logs.retireConsumer(log, 'gone')).toBe(false);
  expect(await keep.logs.consumers(log)).toEqual([]);
  expect((await keep.logs.prune(log)).segments).toMatchObject([{ heldBy: 'stream' }]);
  // A fold that does not know the types of a stream has nothing to do with it.
  const stranger = decider('stranger', {
    types: [joined],
    initialState: 0,
    decide: () => [],
    evolve: (state) => state,
  });
  expect((await keep.logs.prune(log, { folds: [stranger] })).segments).toMatchObject([{ heldBy: 'stream' }]);
  expect((await keep.logs.prune(log, { folds: [stranger, room] })).segments).toMatchObject([{ detached: true }]);
  for (const stream of STREAMS)
    expect(await keep.fold(log, stream, room)).toMatchObject({ state: { ann: 10 }, version: 10 });
});

test('only readings of events could be written down, and nobody could look them up', async () => {
  const log = roomLog('audited');
  const two = [points('ann', 1), points('ann', 2)];
  for (const stream of ['r', 's']) await keep.append(log, stream, two, { expectedVersion: 'any' });
  await keep.read(log, 'r', { after: 1, audit: { reader: 'eve', purpose: 'a complaint' } });
  await keep.fold(log, 'r', room, { at: 1, audit: { reader: 'bob' } });
  await keep.catchUp(log, 's', room, { since: 1, audit: { reader: 'eve' } });
  await keep.catchUp(log, 's', room, { since: 0, limit: 1, audit: { reader: 'eve' } });
  const all = await keep.logs.audited(log);
  expect(all.map(({ readAt, ...read }) => read)).toEqual([
    { stream: 's', reader: 'eve', purpose: null, after: 0, to: 2 },
    { stream: 's', reader: 'eve', purpose: null, after: 0, to: 1 },
    { stream: 's', reader: 'eve', purpose: null, after: 1, to: 2 },
    { stream: 'r', reader: 'bob', purpose: null, after: 0, to: 1 },
    { stream: 'r', reader: 'eve', purpose: 'a complaint', after: 1, to: 2 },
  ]);
  expect(await keep.logs.audited(log, { stream: 'r' })).toEqual(all.slice(3));
  expect(await keep.logs.audited(log, { reader: 'eve', limit: 1 })).toEqual([all[0]]);
});

test('a duplicate with unknown fields was counted as drift each time it was sent', async () => {
  const log = gameLog({}, 'drifting');
  const drifted = { ...ended(1), data: { ...(ended(1)['data'] as object), colour: 'red' } };
  const [one, other] = [await connect({ url }), await connect({ url })];
  for (const each of [one, other, one]) await each.ingest(log, [drifted, drifted]);
  await Promise.all([one.stop(), other.stop()]);
  expect((await keep.logs.statistics(log)).drift).toEqual([{ type: 'game_ended', field: 'colour', events: 1 }]);
});

test('a command with a field that is undefined, or a Date, threw an error of rule sets', async () => {
  const log = roomLog('commanded');
  const since = new Date(0);
  const join = { player: 'ann', points: undefined, since } as unknown as { player: string };
  expect(await keep.decide(log, 'r', room, join)).toMatchObject({ status: 'appended' });
  const named = (command: object) => keep.decide(log, 's', room, command as { player: string }, { commandId: 'c' });
  expect(await named(join)).toMatchObject({ status: 'appended', repeated: false });
  expect(await named({ player: 'ann', since })).toMatchObject({ status: 'appended', repeated: true });
  expect(await named({ player: 'ann' })).toMatchObject({ status: 'command-conflict' });
  await expect(named({ player: 1n })).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
  await expect(keep.append(log, 'r', [null as never], { expectedVersion: 'any' })).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
  });
});

test('names of events that cannot be kept aside came back as errors of the database', async () => {
  const log = gameLog({}, 'misnamed');
  const key = '00000000-0000-4000-8000-000000000000';
  const bad = [
    { shard: 99_999, key },
    { shard: 0.5, key },
    { shard: -1, key },
    { shard: 0, key: 'x' },
    { key },
    { shard: 1 },
  ];
  for (const one of bad as { shard: number; key: string }[]) {
    for (const call of ['release', 'discard'] as const) {
      await expect(keep.logs[call](log, [one]), call).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    }
  }
  expect(await keep.logs.release(log, [{ shard: 7, key }])).toEqual([]);
  expect(await keep.logs.discard(log, [])).toBe(0);
});

test('events of a type that another process had made known since were read under its number, and statistics threw', async () => {
  const [log, counted] = [eventLog('renewed', { types: [trusting] }), eventLog('renewed', { types: [trusting] })];
  await keep.ingest(log, ended(1));
  await keep.logs.heads(counted);
  const newer = await connect({ url });
  const both = eventLog('renewed', { types: [trusting, joined] });
  await newer.ingest(both, { id: 'j', type: 'joined', subject: 'ann', data: { player: 'ann' } });
  await newer.stop();
  expect((await keep.logs.recent(log)).map(({ type }) => type)).toEqual(['joined', 'game_ended']);
  expect((await keep.logs.recent(log, { type: 'joined' })).map(({ id }) => id)).toEqual(['j']);
  expect((await keep.logs.statistics(counted)).types.map(({ type }) => type)).toEqual(['game_ended', 'joined']);
});

test('a sender that made up names of fields filled a table with them', async () => {
  const log = gameLog({}, 'invented');
  const one = await connect({ url });
  await one.ingest(log, ended(1));
  await sql(`insert into scorekeep.event_drift (log, type, field, events)
    select l.id, t.id, 'field_' || n, 1 from scorekeep.event_log l join scorekeep.event_type t on t.log = l.id and t.name = 'game_ended',
      generate_series(1, 1000) n where l.name = 'invented'`);
  const data = { ...(ended(2)['data'] as object), field_7: true, one_more: true };
  await one.ingest(log, { ...ended(2), data });
  await one.stop();
  const { drift } = await keep.logs.statistics(log);
  expect(drift).toHaveLength(1000);
  expect(drift[0]).toEqual({ type: 'game_ended', field: 'field_7', events: 2 });
});

test('a client that knew a stream to its end was never told that it had been erased', async () => {
  const log = roomLog('let_go', { erasable: true });
  await keep.append(log, 's', [points('ann', 5)], { expectedVersion: 'none' });
  expect(await keep.catchUp(log, 's', room, { since: 1 })).toMatchObject({ snapshot: undefined, erased: false });
  await keep.logs.erase(log, 's');
  expect(await keep.catchUp(log, 's', room, { since: 1 })).toEqual({
    version: 1,
    snapshot: { state: {}, version: 1 },
    events: [],
    erased: true,
  });
});

test('a chain that was pruned while it was verified was told to be broken', async () => {
  const log = roomLog('verified', { segmentSize: 10, retain: '1 hour', chained: true, erasable: true });
  await fillSegment(log);
  const stream = STREAMS[0] as string;
  await keep.append(log, stream, [points('ann', 1)], { expectedVersion: 10 });
  await onDatabase(url, async (client) => {
    await client.query('begin; lock table scorekeep.subject_key');
    const verdict = keep.logs.verifyChain(log, stream);
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await client.query(waits)).rows.length, { timeout: 60_000 }).toBe(1);
    // As prune does.
    await client.query(`alter table scorekeep.events_verified detach partition scorekeep.events_verified_0;
      update scorekeep.stream s set pruned_to = e.version, pruned_hash = e.hash from scorekeep.events_verified_0 e
      where s.log = e.log and s.shard = e.shard and s.id = e.subject and e.version = 10;
      commit`);
    expect(await verdict).toMatchObject({ ok: true, head: { version: 11 }, payloads: 1 });
  });
});

test('a fold that began before a snapshot and read on after the events in it were pruned threw VERSION_GAP', async () => {
  const log = roomLog('overtaken', { segmentSize: 10, retain: '1 hour' });
  await fillSegment(log);
  const stream = STREAMS[0] as string;
  await keep.append(log, stream, [points('ann', 1)], { expectedVersion: 10 });
  const ours = `scorekeep.snapshot where log = (select id from scorekeep.event_log where name = 'overtaken')`;
  await onDatabase(url, async (client) => {
    await client.query(`create temp table taken as select * from ${ours}; delete from ${ours}`);
    await client.query('begin; lock table scorekeep.stream');
    const folded = keep.fold(log, stream, room);
    folded.catch(() => undefined);
    const waits = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await client.query(waits)).rows.length, { timeout: 60_000 }).toBe(1);
    // As prune does.
    await client.query(`insert into scorekeep.snapshot select * from taken;
      alter table scorekeep.events_overtaken detach partition scorekeep.events_overtaken_0; commit`);
    expect(await folded).toEqual({ state: { ann: 11 }, version: 11, erased: false });
  });
});

test('a stream that a fold could not read any more kept prune from all segments and all ids', async () => {
  const log = roomLog('unreadable', { segmentSize: 10, retain: '1 hour', horizon: '1 hour' });
  await fillSegment(log);
  await keep.append(log, 's', [points('ann', 1)], { expectedVersion: 'none', commandId: 'old' });
  await sql(`update scorekeep.stream_command set recorded_at = recorded_at - interval '2 hours' where id = 'old'`);
  const strict = eventType('scored', { schema: schemaOf<{ player: string; points: number }>(() => false) });
  const fold = decider('strict', { types: [strict], initialState: 0, decide: () => [], evolve: (n: number) => n + 1 });
  expect(await keep.logs.prune(log, { folds: [fold] })).toMatchObject({
    segments: [{ number: 0, detached: false, heldBy: 'EVENT_UNREADABLE' }],
    commands: 1,
  });
});
