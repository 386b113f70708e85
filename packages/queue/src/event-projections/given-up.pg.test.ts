import { expect, test } from 'vitest';
import { board } from '../boards/board.ts';
import type { Keep } from '../keep.ts';
import { ended } from '../log/testing/game.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { EventProjection } from './event-projection.ts';
import { games, playsBy } from './testing/plays.ts';

/** Collects the scores of each user in order, a few events at a time; throws for 13 and 17 until it is mended. */
function collecting(): { readonly collected: EventProjection<readonly number[]>; readonly mend: () => void } {
  let mended = false;
  const collected = projection<readonly number[]>('collected', {
    from: games,
    ordered: true,
    batch: 3,
    fold: {
      initial: [],
      step(scores, { data }) {
        const { score } = data as { score: number };
        if ((score === 13 || score === 17) && !mended) throw new RangeError('thirteen, or seventeen');
        return [...scores, score];
      },
    },
  });
  return { collected, mend: () => (mended = true) };
}

const scoresOf = (user: string, scores: readonly number[]): Record<string, unknown>[] =>
  scores.map((score) => ({ ...ended(0, user, { score, seconds: 1e9 }), id: `${user}-${score}` }));

async function skip(keep: Keep, one: EventProjection, id: string): Promise<boolean> {
  const event = (await keep.logs.recent(games)).find((recent) => recent.id === id);
  return keep.projections.skip(one, { shard: event?.shard ?? -1, position: event?.position ?? -1 });
}

test('an event that is given up does not come back with a rebuild and hold its subject up again', async () => {
  await withKeep(async (keep) => {
    const { collected } = collecting();
    const one = collected as EventProjection;
    await keep.ingest(games, [...scoresOf('ann', [1, 13, 2, 3, 17, 4, 5]), ...scoresOf('bob', [6])]);
    await keep.projections.catchUp(one);
    for (const id of ['ann-13', 'ann-17']) expect(await skip(keep, one, id)).toBe(true);
    expect(await keep.projections.state(one, 'ann')).toEqual([1, 2, 3, 4, 5]);

    const same = { subjects: 0, examples: [] };
    expect(await keep.projections.rebuild(one)).toMatchObject({ swapped: true, differences: same });
    expect(await keep.projections.state(one, 'ann')).toEqual([1, 2, 3, 4, 5]);
    expect(await keep.projections.status(one)).toMatchObject({ build: 2, passed: 8, parked: 0 });
    expect(await keep.projections.diff(one, await keep.projections.rebuildAt(one, new Date()))).toEqual(same);
  });
});

test('an event that is given up while a build is behind it, or has it aside too, is left out there as well', async () => {
  await withKeep(async (keep) => {
    const { collected } = collecting();
    const one = collected as EventProjection;
    await keep.ingest(games, scoresOf('ann', [1, 13, 2]));
    await keep.projections.catchUp(one);
    await keep.projections.rebuild(one);
    await keep.ingest(games, scoresOf('ann', [17, 3]));
    await keep.projections.catchUp(one);
    await expect(keep.projections.rebuild(one, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    // Build 1 has put 13 aside and not come to 17; build 3 has come to neither.
    for (const id of ['ann-13', 'ann-17']) expect(await skip(keep, one, id)).toBe(true);
    expect(await keep.projections.state(one, 'ann')).toEqual([1, 2, 3]);
    expect(await keep.projections.rebuild(one)).toMatchObject({
      build: 3,
      swapped: true,
      differences: { subjects: 0 },
    });
    expect(await keep.projections.switchTo(one, 1)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    expect(await keep.projections.status(one)).toMatchObject({ build: 1, parked: 0 });
    await keep.projections.dropBuild(one, 3);
  });
});

test('boards have what the state has of an event that was given up: after a rebuild, when declared later, and when switched', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    const overall = board('overall', { of: play, by: 'total' });
    const later = board('later', { of: play, by: 'best' });
    await keep.top(overall);
    const refuse = 'alter table scorekeep.projection_play_v1_1 add constraint low check (total < 1000)';
    await onDatabase(url, (client) => client.query(refuse));
    await keep.ingest(games, [...scoresOf('ann', [5]), ...scoresOf('bob', [2000]), ...scoresOf('cid', [7])]);
    await keep.projections.catchUp(play);
    expect(await skip(keep, play, 'bob-2000')).toBe(true);

    const expectWithout = async (): Promise<void> => {
      expect(await keep.projections.state(play, 'bob')).toBeUndefined();
      for (const one of [overall, later]) {
        expect((await keep.top(one)).map(({ subject }) => subject)).toEqual(['cid', 'ann']);
      }
    };
    await expectWithout();
    await keep.switchBoard(overall);
    await expectWithout();
    expect(await keep.projections.rebuild(play)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    await expectWithout();
    await keep.switchBoard(later);
    await expectWithout();
  });
});

test('a build that had applied an event before it was given up keeps it, and boards go by the build that is live', async () => {
  await withKeep(async (keep, url) => {
    const play = playsBy('sql');
    const overall = board('overall', { of: play, by: 'total' });
    const names = async (): Promise<string[]> => (await keep.top(overall)).map(({ subject }) => subject);
    await keep.top(overall);
    const refuse = 'alter table scorekeep.projection_play_v1_1 add constraint low check (total < 1000)';
    await onDatabase(url, (client) => client.query(refuse));
    await keep.ingest(games, [...scoresOf('ann', [5]), ...scoresOf('bob', [2000])]);
    await keep.projections.catchUp(play);
    expect(await keep.projections.rebuild(play, { swapIf: () => false })).toMatchObject({ build: 2, swapped: false });
    expect(await skip(keep, play, 'bob-2000')).toBe(true);
    expect(await names()).toEqual(['ann']);
    expect(await keep.projections.switchTo(play, 2)).toMatchObject({ swapped: true, differences: { subjects: 1 } });
    expect(await names()).toEqual(['bob', 'ann']);
    await keep.switchBoard(overall);
    expect(await names()).toEqual(['bob', 'ann']);
    await keep.projections.switchTo(play, 1);
    expect(await names()).toEqual(['ann']);
  });
});
