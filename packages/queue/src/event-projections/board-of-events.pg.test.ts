import { foldBoard, rankBoard, windowAt } from '@scorekeep/core/boards';
import type { FoldSet } from '@scorekeep/core/rules';
import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import { wrongBuckets } from '../boards/testing/recount.ts';
import type { Keep } from '../keep.ts';
import { ended } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { EventProjection } from './event-projection.ts';
import { games, playsBy } from './testing/plays.ts';

const play = playsBy('sql');
const weekly = { every: 'week', timeZone: 'Europe/Berlin' } as const;
const boards = [
  board('overall', { of: play, by: 'total', rank: '1334' }),
  board('records', { of: play, by: 'best', rank: '1224' }),
  board('weekly', { of: play, by: 'best', window: weekly }),
  board('diligent', { of: play, by: 'games', window: { every: 'day', timeZone: 'Asia/Kolkata' }, rank: '1223' }),
  board('form', { of: play, by: 'total', add: 'average', rank: 'fractional' }),
  board('recent', { of: play, by: 'best', add: 'latest' }),
];

/** Two weeks of games; every ninth is practice, which counts for nothing. */
function plays(from: number, to: number): unknown[] {
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const data = { score: (n * 37) % 50, seconds: 1e9, moves: { combo: (n * 11) % 8 }, practice: n % 9 === 0 };
    return {
      ...ended(n, `user-${(n * 7) % 23}`, data),
      time: new Date(Date.now() - ((n * 3_600_000) % 1_209_600_000)).toISOString(),
    };
  });
}

/** Each board as core computes it from the events themselves. */
async function recountOf(
  keep: Keep,
  { add, by, ties, rank, window }: (typeof boards)[number],
): Promise<Record<string, unknown>> {
  const facts = new Map<string, { subject: string; id: string; at: number; values: Record<string, number> }[]>();
  for await (const { id, subject, time, data } of keep.logs.replay(games)) {
    const { score, practice, moves } = data as { score: number; practice: boolean; moves: { combo: number } };
    if (practice) continue;
    const key = window === null ? 'all-time' : (windowAt(window, time)?.key ?? '');
    // In thousandths, as boards have it: an average is rounded to these.
    const points = 1000 * (by === 'games' ? 1 : score);
    facts.set(key, [...(facts.get(key) ?? []), { subject, id, at: time, values: { points, combo: moves.combo } }]);
  }
  const columns = [{ id: 'points' }, ...(ties.length === 0 ? [] : [{ id: 'combo' }])];
  const operator = add === 'count' ? 'sum' : add;
  return Object.fromEntries(
    [...facts].map(([key, list]) => {
      const lines = rankBoard(foldBoard({ add: operator, columns, rank }, list));
      return [key, lines.map((line) => [line.rank, line.subject, (line.score[0] ?? 0) / 1000])];
    }),
  );
}

test('boards over events equal a recount, whether declared before the events, between them or after', async () => {
  await withKeep(async (keep, url) => {
    for (const one of boards.slice(0, 3)) await keep.top(one);
    await keep.ingest(games, plays(0, 400));
    await keep.projections.catchUp(play);
    for (const one of boards.slice(3)) await keep.top(one);
    await keep.ingest(games, plays(400, 700));
    await keep.projections.catchUp(play);
    for (const one of boards) {
      const expected = await recountOf(keep, one);
      for (const [window, lines] of Object.entries(expected)) {
        const top = await keep.top(one, { window, limit: 1000 });
        expect(
          top.map(({ rank, subject, points }) => [rank, subject, points]),
          `${one.name} ${window}`,
        ).toEqual(lines);
      }
      expect(await wrongBuckets(url, one), one.name).toEqual([]);
      // Built anew from the events it is the same.
      const before = await keep.top(one, { limit: 1000 });
      await keep.switchBoard(one);
      expect(await keep.top(one, { limit: 1000 })).toEqual(before);
    }
    const [first] = await keep.top(boards[1] as (typeof boards)[number]);
    expect(Object.keys(first?.ties ?? {})).toEqual(['best.2']);
  });
});

test('averages that lie between two thousandths left their buckets: the histogram counts as the standings stand', async () => {
  await withKeep(async (keep, url) => {
    const form = board('form', { of: play, by: 'best', add: 'average' });
    for (let round = 0; round < 4; round++) {
      // Few scores, so that many have the same average and only the tie-break tells where a bucket ends.
      const played = Array.from({ length: 1500 }, (_, i) => {
        const n = round * 1500 + i;
        const data = { score: ((n * 7919) >>> 3) % 3, seconds: 1e9, moves: { combo: ((n * 104_729) >>> 4) % 8 } };
        return ended(n, `user-${i % 1000}`, data);
      });
      await keep.ingest(games, played);
      await keep.projections.catchUp(play);
      // Declared now, its buckets are cut between the averages that there are.
      await keep.top(form);
      expect(await wrongBuckets(url, form)).toEqual([]);
    }
  });
});

test('a cheat who is excluded stays out while events come, and is back with all points when readmitted', async () => {
  await withKeep(async (keep) => {
    const [overall] = boards as [(typeof boards)[number]];
    await keep.ingest(games, [ended(1, 'ann', { score: 9 }), ended(2, 'eve', { score: 70 })]);
    await keep.projections.catchUp(play);
    await keep.exclude(overall, 'eve', { by: 'judge', reason: 'bot' });
    await keep.ingest(games, [ended(3, 'eve', { score: 20 })]);
    await keep.projections.catchUp(play);
    expect((await keep.top(overall)).map(({ subject }) => subject)).toEqual(['ann']);
    await keep.readmit(overall, 'eve', { by: 'judge' });
    expect((await keep.top(overall)).map(({ subject, points }) => [subject, points])).toEqual([
      ['eve', 90],
      ['ann', 9],
    ]);
  });
});

test('the best of a pair is one run that happened: after (100, 5) and (90, 50) it is (100, 5), not (100, 50) as in Nakama 3.40', async () => {
  await withKeep(async (keep) => {
    const records = boards[1] as (typeof boards)[number];
    const pair = (n: number, score: number, combo: number): unknown =>
      ended(n, 'ann', { score, seconds: 1e9, ...{ moves: { combo } } });
    await keep.ingest(games, [pair(1, 100, 5), pair(2, 90, 50)]);
    await keep.projections.catchUp(play);
    expect(await keep.top(records)).toMatchObject([{ rank: 1, subject: 'ann', points: 100, ties: { 'best.2': 5 } }]);
    expect(await keep.projections.state(play, 'ann')).toMatchObject({ best: [100, 5] });
  });
});

test('a window is not closed before the events recorded in it are applied', async () => {
  await withKeep(async (keep, url) => {
    const end = Date.now() - 1;
    const cup = board('cup', { of: play, by: 'total', window: { every: 'tournament', id: 'cup', start: 0, end } });
    const early = (n: number, user: string): unknown => ({
      ...ended(n, user, { score: n }),
      time: new Date(end - 1000).toISOString(),
    });
    await keep.ingest(games, [early(1, 'ann')]);
    await keep.projections.catchUp(play);
    await keep.top(cup);
    await keep.ingest(games, [early(2, 'bob')]);
    await onDatabase(url, (client) =>
      client.query(`update scorekeep.event set recorded_at = recorded_at - interval '1 hour'`),
    );
    expect(await keep.closeWindows(cup)).toEqual([]);
    await keep.projections.catchUp(play);
    expect(await keep.closeWindows(cup)).toEqual(['cup']);
    expect((await keep.archive(cup, 'cup')).map(({ subject }) => subject)).toEqual(['bob', 'ann']);
  });
});

test('a window was closed while events that were recorded in it had yet to be committed', async () => {
  await withKeep(async (keep, url) => {
    const time = Date.now() - 1000;
    await keep.ingest(games, [{ ...ended(1, 'bob', { score: 1 }), time: new Date(time).toISOString() }]);
    await keep.projections.catchUp(play);
    const event = { type: 'game_ended', data: { user_id: 'ann', score: 2, seconds: 60 } };
    await onDatabase(url, async (tx) => {
      await tx.query('begin');
      await keep.append(games, 'ann', [event], { expectedVersion: 'none', time, tx });
      const window = { every: 'tournament', id: 'cup', start: 0, end: Date.now() } as const;
      const cup = board('cup', { of: play, by: 'total', window });
      await keep.top(cup);
      expect(await keep.closeWindows(cup)).toEqual([]);
      await tx.query('commit');
      expect(await keep.closeWindows(cup)).toEqual([]);
      await keep.projections.catchUp(play);
      expect(await keep.closeWindows(cup)).toEqual(['cup']);
      expect((await keep.archive(cup, 'cup')).map(({ subject }) => subject)).toEqual(['ann', 'bob']);
    });
  });
});

test.each([
  [{ by: 'last' }, 'by: "last" is a latest'],
  [{ by: 'worst' }, 'by must be one of total, games, best, last, got "worst"'],
  [{ by: 'best', ties: ['best.3'] }, 'has no tie-break "best.3"; it has best.2'],
  [{ by: 'best', add: { averageOfTop: 3 } }, 'averageOfTop needs stored scores'],
  [{ by: 'best', at: 'time' }, 'at is not needed'],
] as const)('a board over events refuses %j', (definition, message) => {
  expect(() => board('wrong', { of: play, ...definition })).toThrow(message);
});

test.each([
  [{ fold: playFold({ ints: true }) }, 'is a vector'],
  [{ paths: { score: 'data.runs.0' } }, 'paths.score must be'],
  [{ paths: { points: 'time' } }, 'paths names "points", no field of the fold'],
  [{ ordered: true }, 'a FoldSet is commutative'],
  [{ on: [{ name: 'lost' }] }, 'on names "lost", no type of the log "game"'],
  [{ apply: async () => undefined }, 'pass either fold or apply'],
  [{ batch: 0 }, 'batch must be an integer from 1 to 100000'],
  [{ after: [behind('second', behind('wrong'))] }, 'after names "second", which leads back to it'],
] as const)('a projection of events refuses %j', (definition, message) => {
  expect(() => projection('wrong', { from: games, fold: playFold({}), ...definition })).toThrow(message);
});

function behind(name: string, ...after: EventProjection[]): EventProjection {
  return projection(name, { from: games, fold: playFold({}), after });
}

function playFold({ ints = false }: { ints?: boolean }): FoldSet {
  const score = ints
    ? ({ type: 'ints', length: 2, min: 0, max: 9 } as const)
    : ({ type: 'int', min: 0, max: 9 } as const);
  return { id: 'wrong', version: 1, fields: { score }, reduce: { games: ['count'] } };
}
