import { expect, test } from 'vitest';
import { createAdmin } from '../admin/index.ts';
import { ended, gameLog } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { EventProjection, EventProjectionDefinition } from './event-projection.ts';
import { games } from './testing/plays.ts';

interface Scores {
  readonly scores: readonly number[];
}

/** Collects the scores of each user; throws for 13 until it is mended. */
function collecting(options: Partial<EventProjectionDefinition<Scores>> = {}): {
  readonly collected: EventProjection<Scores>;
  readonly mend: () => void;
} {
  let mended = false;
  const collected = projection<Scores>('collected', {
    from: games,
    fold: {
      initial: { scores: [] },
      step(state, { data }) {
        const { score } = data as { score: number };
        if (score === 13 && !mended) throw new RangeError('thirteen');
        return { scores: [...state.scores, score] };
      },
    },
    ...options,
  });
  return { collected, mend: () => (mended = true) };
}

const scoresOf = (user: string, scores: readonly number[]): Record<string, unknown>[] =>
  scores.map((score) => ({ ...ended(0, user, { score }), id: `${user}-${score}` }));

/** Lets jobs that wait for their next try have it now. */
const hurry = (url: string): Promise<unknown> =>
  onDatabase(url, (client) => client.query(`update scorekeep_jobs.job set start_after = now() where state = 'retry'`));

const POLL = { timeout: 240_000, interval: 50 };

test('an event that throws is put aside alone, tried four times, dead-lettered and, once mended, redriven: applied once', async () => {
  await withKeep(async (keep, url) => {
    const { collected, mend } = collecting();
    await keep.ingest(games, [...scoresOf('ann', [1, 13, 2]), ...scoresOf('bob', [3])]);
    await keep.start({ projections: [collected] });
    await expect.poll(async () => (await keep.projections.state(collected, 'ann'))?.scores, POLL).toEqual([1, 2]);
    const letters = createAdmin(keep, { authorize: () => true }).deadLetters(collected, 'ann');
    const tries = async (): Promise<unknown> => {
      await hurry(url);
      return letters.list();
    };
    await expect.poll(tries, POLL).toMatchObject([{ reason: 'RangeError', from: 'parked/collected_v1', attempts: 4 }]);
    expect(await keep.projections.status(collected)).toMatchObject({
      passed: 4,
      behind: 0,
      lagSeconds: 0,
      parked: 1,
      errors: { RangeError: 1 },
    });
    const [wrong] = (await keep.logs.recent(games)).filter(({ errors }) => errors.length > 0);
    expect(wrong).toMatchObject({
      id: 'ann-13',
      errors: [{ consumer: 'projection:collected_v1:1', code: 'RangeError' }],
    });

    mend();
    expect(await letters.redrive()).toEqual({ moved: 1 });
    await expect.poll(async () => (await keep.projections.status(collected)).parked, POLL).toBe(0);
    expect(await keep.projections.state(collected, 'ann')).toEqual({ scores: [1, 2, 13] });
    expect(await keep.projections.state(collected, 'bob')).toEqual({ scores: [3] });
    expect(await letters.redrive()).toEqual({ moved: 0 });
  });
});

test('in an ordered projection it holds up the events behind it, of its subject and no other; then they go on in order', async () => {
  await withKeep(async (keep, url) => {
    const { collected, mend } = collecting({ ordered: true });
    await keep.ingest(games, [...scoresOf('ann', [1, 13, 2]), ...scoresOf('bob', [3])]);
    await keep.projections.catchUp(collected);
    await keep.ingest(games, [...scoresOf('ann', [4]), ...scoresOf('bob', [5])]);
    await keep.projections.catchUp(collected);
    expect(await keep.projections.state(collected, 'ann')).toEqual({ scores: [1] });
    expect(await keep.projections.state(collected, 'bob')).toEqual({ scores: [3, 5] });
    expect(await keep.projections.status(collected)).toMatchObject({ parked: 3, errors: { RangeError: 1 } });

    mend();
    await keep.start({ projections: [collected] });
    const ann = async (): Promise<unknown> => {
      await hurry(url);
      return keep.projections.state(collected, 'ann');
    };
    await expect.poll(ann, POLL).toEqual({ scores: [1, 13, 2, 4] });
    expect((await keep.projections.status(collected)).parked).toBe(0);
  });
});

test('an event that is given up is left out for good, and those behind it go on', async () => {
  await withKeep(async (keep) => {
    const { collected } = collecting({ ordered: true });
    await keep.ingest(games, scoresOf('ann', [13, 2]));
    await keep.projections.catchUp(collected);
    const [first] = (await keep.logs.recent(games, { subject: 'ann' })).toReversed();
    const place = { shard: first?.shard ?? -1, position: first?.position ?? -1 };
    expect(await keep.projections.skip(collected, place)).toBe(true);
    expect(await keep.projections.skip(collected, place)).toBe(false);
    expect(await keep.projections.state(collected, 'ann')).toEqual({ scores: [2] });
  });
});

test("the host's own statements fail inside Postgres for some events: those are found by dividing, all others are applied once", async () => {
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) =>
      client.query('create table seen_score (user_id text, score int check (score not in (17, 41, 42)))'),
    );
    const applied = projection('applied', {
      from: games,
      apply: (tx, events) =>
        tx.query('insert into seen_score select * from unnest($1::text[], $2::int[])', [
          events.map(({ subject }) => subject),
          events.map(({ data }) => (data as { score: number }).score),
        ]),
    });
    await keep.ingest(
      games,
      Array.from({ length: 300 }, (_, n) => ended(n, `user-${n % 9}`, { score: n, seconds: 1e9 })),
    );
    await keep.projections.catchUp(applied);
    const seen = await onDatabase(url, (client) => client.query('select score from seen_score order by score'));
    expect(seen.rows.map(({ score }) => score)).toEqual(
      Array.from({ length: 300 }, (_, n) => n).filter((n) => ![17, 41, 42].includes(n)),
    );
    expect(await keep.projections.status(applied)).toMatchObject({ passed: 300, parked: 3, errors: { 23514: 3 } });
    await expect(keep.projections.rebuild(applied)).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
  });
});

test('an event whose statements always take too long held its projection up for ever: after five times alone it is put aside, and dead-lettered', async () => {
  await withKeep(async (keep, url) => {
    await onDatabase(url, (client) => client.query('create table slow_score (score int)'));
    const slow = projection('slow', {
      from: games,
      apply: async (tx, events) => {
        await tx.query(`set local statement_timeout = '100ms'`);
        for (const { data } of events) {
          const { score } = data as { score: number };
          await tx.query(`insert into slow_score select $1::int from pg_sleep(case when $1 = 13 then 60 else 0 end)`, [
            score,
          ]);
        }
        await tx.query(`set local statement_timeout = 0`);
      },
    });
    await keep.ingest(games, scoresOf('ann', [1, 13, 2]));
    for (let times = 1; times < 5; times++)
      await expect(keep.projections.catchUp(slow)).rejects.toMatchObject({ code: '57014' });
    await keep.projections.catchUp(slow);
    expect(await keep.projections.status(slow)).toMatchObject({ behind: 0, parked: 1, errors: { 57014: 1 } });
    const { rows } = await onDatabase(url, (client) => client.query('select score from slow_score order by score'));
    expect(rows.map(({ score }) => score)).toEqual([1, 2]);

    await keep.start({ projections: [slow] });
    const letters = async (): Promise<unknown> => {
      await hurry(url);
      return createAdmin(keep, { authorize: () => true })
        .deadLetters(slow, 'ann')
        .list();
    };
    await expect.poll(letters, POLL).toMatchObject([{ reason: '57014', attempts: 4 }]);
  });
});

test('what is nobody’s fault is put on no event: a missing table stops the projection until it is there', async () => {
  await withKeep(async (keep, url) => {
    const missing = projection('missing', {
      from: games,
      apply: (tx, events) => tx.query('insert into not_there_yet select $1::int', [events.length]),
    });
    await keep.ingest(games, scoresOf('ann', [1, 2]));
    await expect(keep.projections.catchUp(missing)).rejects.toMatchObject({ code: '42P01' });
    expect(await keep.projections.status(missing)).toMatchObject({ passed: 0, behind: 2, parked: 0 });
    await onDatabase(url, (client) => client.query('create table not_there_yet (n int)'));
    expect(await keep.projections.catchUp(missing)).toBe(2);
  });
});

test('a projection after another is given no event that the other has not passed, and none is held up for good', async () => {
  await withKeep(async (keep) => {
    const first = collecting().collected;
    const second = projection<Scores>('second', {
      from: games,
      fold: { initial: { scores: [] }, step: (state) => state },
      after: [first],
    });
    await keep.ingest(games, scoresOf('ann', [1, 2]));
    expect(await keep.projections.catchUp(second)).toBe(0);
    await keep.projections.catchUp(first);
    await keep.ingest(games, scoresOf('ann', [3]));
    expect(await keep.projections.catchUp(second)).toBe(2);
    await keep.projections.catchUp(first);
    expect(await keep.projections.catchUp(second)).toBe(1);
  });
});

test('a paused projection applies nothing in any process, and goes on where it was', async () => {
  await withKeep(async (keep) => {
    const { collected } = collecting();
    await keep.ingest(games, scoresOf('ann', [1]));
    expect(await keep.projections.pause(collected)).toBe(true);
    expect(await keep.projections.pause(collected)).toBe(false);
    expect(await keep.projections.catchUp(collected)).toBe(0);
    expect(await keep.projections.status(collected)).toMatchObject({ paused: true, behind: 1 });
    expect(await keep.projections.resume(collected)).toBe(true);
    expect(await keep.projections.resume(collected)).toBe(false);
    expect(await keep.projections.catchUp(collected)).toBe(1);
  });
});

test('pruning leaves a segment that holds a parked event, and says so; a pruned log is not rebuilt', async () => {
  await withKeep(async (keep, url) => {
    const short = gameLog({ retain: '1 second', segmentSize: 2 }, 'short');
    const { collected } = collecting({ from: short });
    // Full segments in every shard, so that none is still filling.
    const users = Array.from({ length: 80 }, (_, n) => `user-${n}`);
    await keep.ingest(short, [...scoresOf('ann', [13]), ...users.flatMap((user) => scoresOf(user, [1, 2]))]);
    await keep.projections.catchUp(collected);
    await onDatabase(url, (client) =>
      client.query(`update scorekeep.event set recorded_at = now() - interval '1 hour'`),
    );
    const { segments } = await keep.logs.prune(short);
    expect(segments.at(-1)).toMatchObject({ detached: false, heldBy: 'parked:projection:collected_v1:1' });
    const ann = (await keep.logs.recent(short, { subject: 'ann' }))[0];
    expect(await keep.projections.skip(collected, { shard: ann?.shard ?? -1, position: ann?.position ?? -1 })).toBe(
      true,
    );
    expect((await keep.logs.prune(short)).segments[0]).toMatchObject({ detached: true });
    await expect(keep.projections.rebuild(collected)).rejects.toMatchObject({ code: 'EVENTS_PRUNED' });
  });
});

test('a projection that was forgotten as a consumer held pruning up for ever by what it had put aside', async () => {
  await withKeep(async (keep, url) => {
    const short = gameLog({ retain: '1 second', segmentSize: 2 }, 'short');
    const { collected } = collecting({ from: short });
    const users = Array.from({ length: 80 }, (_, n) => `user-${n}`);
    await keep.ingest(short, [...scoresOf('ann', [13]), ...users.flatMap((user) => scoresOf(user, [1, 2]))]);
    await keep.projections.catchUp(collected);
    await onDatabase(url, (client) =>
      client.query(`update scorekeep.event set recorded_at = now() - interval '1 hour'`),
    );
    expect(await keep.logs.retireConsumer(short, 'projection:collected_v1:1')).toBe(true);
    const { segments } = await keep.logs.prune(short);
    expect(segments.filter(({ heldBy }) => heldBy?.startsWith('parked') === true)).toEqual([]);
    expect(segments[0]).toMatchObject({ detached: true });
  });
});
