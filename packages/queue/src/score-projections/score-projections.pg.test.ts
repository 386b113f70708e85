import type { FoldSet } from '@scorekeep/core/rules';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { correctRound, createArcade } from '../boards/testing/arcade.ts';
import type { Keep } from '../keep.ts';
import { projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { ScoreProjection } from './score-projection.ts';
import { formBy, formByHand, formFold, inOrder, runs } from './testing/form.ts';

const inSql = formBy('sql', 'in_sql');
const inJs = formBy('js', 'in_js');
const ordered = projection('ordered', { from: runs, fold: inOrder, at: 'played_at' }) as ScoreProjection;
const all = [inSql, inJs, ordered];

async function expectByHand(keep: Keep, url: string): Promise<number> {
  const { rows } = await onDatabase(url, (client) => client.query(formByHand()));
  for (const { subject, in_order, ...state } of rows) {
    const form = state.games === 0 ? undefined : state;
    expect(await keep.projections.state(inSql, subject)).toEqual(form);
    expect(await keep.projections.state(inJs, subject)).toEqual(form);
    expect(await keep.projections.state(ordered, subject)).toEqual(in_order);
  }
  return rows.length;
}

test('folds over scores equal hand-written SQL, in Postgres, in JavaScript and by a function, whatever is corrected; a rebuild equals what is live', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 12, runs: 5, rounds: 6 });
    for (const one of [inSql, ordered]) await keep.projections.status(one);
    // Scored before anything is corrected, since a round that has no factor from the first on gives nobody a score.
    await keep.run(runs, { inline: true });
    const correction = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(fc.array(correction, { maxLength: 4 }), fc.boolean(), async (corrections, between) => {
        for (const values of corrections) {
          await onDatabase(url, (client) => client.query(correctRound, values));
          await keep.run(runs, { inline: true });
          if (between) await keep.projections.catchUp(inSql);
        }
        await keep.run(runs, { inline: true });
        for (const one of all) await keep.projections.catchUp(one);
        expect(await expectByHand(keep, url)).toBe(12);
      }),
      { numRuns: 8, examples: [[[1, 2, 3, 4].map((round) => [round, 4]), false]] },
    );
    for (const one of all) {
      expect(await keep.projections.status(one)).toMatchObject({ behind: 0, lagSeconds: 0, parked: 0, errors: {} });
      const { differences, swapped, build, before } = await keep.projections.rebuild(one);
      expect([differences.subjects, swapped, before]).toEqual([0, true, 1]);
      await keep.run(runs, { inline: true });
      expect((await keep.projections.switchTo(one, before)).differences.subjects).toBe(0);
      await keep.projections.dropBuild(one, build);
      expect((await keep.projections.builds(one)).map(({ number, live }) => [number, live])).toEqual([[1, true]]);
    }
    expect(await expectByHand(keep, url)).toBe(12);
  });
});

test('workers fold what they score; a paused fold waits, and goes on with what was scored meanwhile', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 40, runs: 5, rounds: 6 });
    await keep.start({ projections: [runs, ...all], workers: 2 });
    expect(await keep.projections.pause(ordered)).toBe(true);
    await keep.finished(await keep.run(runs));
    for (const one of [inSql, inJs]) {
      await expect.poll(async () => (await keep.projections.status(one)).behind, { timeout: 60_000 }).toBe(0);
    }
    const { rows } = await onDatabase(url, (client) => client.query(formByHand()));
    expect(await keep.projections.status(ordered)).toMatchObject({ paused: true, passed: 0, behind: rows.length });
    expect(await keep.projections.resume(ordered)).toBe(true);
    await expect.poll(async () => (await keep.projections.status(ordered)).behind, { timeout: 60_000 }).toBe(0);
    expect(await expectByHand(keep, url)).toBe(40);
    expect((await keep.projections.status(ordered)).perSecond).toBeGreaterThan(0);
  });
});

test('a rebuild folds all scores anew with the function as it is now, though a build was switched away from before', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 6, runs: 2, rounds: 6 });
    let worth = 1;
    const counted = projection<number>('counted', {
      from: runs,
      fold: { initial: 0, step: (n) => n + worth },
    }) as ScoreProjection<number>;
    await keep.run(runs, { inline: true });
    await keep.projections.catchUp(counted);
    for (const build of [2, 3]) {
      worth = build;
      const rebuilt = await keep.projections.rebuild(counted);
      expect(rebuilt).toMatchObject({ build, swapped: true, differences: { subjects: 6 } });
      await keep.projections.switchTo(counted, 1);
    }
    await expect(keep.projections.rebuild(counted, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(await keep.projections.rebuild(counted)).toMatchObject({ build: 4, swapped: true });
  });
});

test("a host's table is folded without scores, by data and by a function: new rows come with a run, rows that the fields refuse never", async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 8, runs: 5, rounds: 6 });
    const { points: _, ...fields } = formFold.fields;
    const score = { type: 'int', min: 0, max: 9999 } as const;
    const totals = projection('totals', {
      from: plays,
      fold: {
        id: 'totals',
        version: 1,
        fields: { score, combo: fields['combo'] ?? score },
        reduce: { total: ['sum', '$score'], best: ['best', '$score', '$combo'] },
      },
    }) as ScoreProjection;
    const listed = projection<readonly number[]>('listed', {
      from: plays,
      fields: { score, combo: score },
      fold: { initial: [], step: (list, item) => [...list, Number(item.fields['score'])] },
    });
    const expected = (): Promise<Record<string, unknown>[]> =>
      onDatabase(
        url,
        async (client) =>
          (
            await client.query(
              `select player::text as subject, sum(score)::int as total, max(array[score, combo]) as best, array_agg(score order by run) as listed from play where score is not null group by 1 order by 1`,
            )
          ).rows,
      );
    const check = async (): Promise<void> => {
      for (const one of [totals, listed as ScoreProjection]) {
        await keep.run(one.of, { inline: true });
        await keep.projections.catchUp(one);
      }
      for (const { subject, listed: scores, ...state } of await expected()) {
        expect(await keep.projections.state(totals, String(subject))).toEqual(state);
        expect(await keep.projections.state(listed, String(subject))).toEqual(scores);
      }
    };
    await check();
    await onDatabase(url, (client) =>
      client.query(`insert into play select player, 100 + run, round, score + 1, combo, misses from play`),
    );
    await check();
    expect((await expected()).length).toBe(8);
  });
});

test('a subject whose last row is gone kept its state in a fold by a function, though it was folded again', async () => {
  await withKeep(async (keep, url) => {
    const query = (text: string) => onDatabase(url, (client) => client.query(text));
    await query(`create table visit (player text, day int, primary key (player, day));
      insert into visit values ('ann', 1), ('ann', 2), ('bob', 1)`);
    const visits = tableLog('visit', { key: ['player', 'day'], subject: 'player', fields: { day: 'day' } });
    const day = { type: 'int', min: 0, max: 9999 } as const;
    const fold: FoldSet = { id: 'days', version: 1, fields: { day }, reduce: { days: ['count'] } };
    const byData = projection('days', { from: visits, fold }) as ScoreProjection;
    const byFunction = projection<number>('counted', { from: byData.of, fold: { initial: 0, step: (n) => n + 1 } });
    await keep.run(byData.of, { inline: true });
    const both = [byData, byFunction as ScoreProjection];
    for (const one of both) await keep.projections.catchUp(one);
    await query(`delete from visit where player = 'ann'`);
    for (const one of both) {
      await keep.projections.refold(one, ['ann']);
      await keep.projections.catchUp(one);
      expect(await keep.projections.state(one, 'ann')).toBeUndefined();
      expect(await keep.projections.state(one, 'bob')).toBeDefined();
      expect((await keep.projections.rebuild(one)).differences.subjects).toBe(0);
    }
  });
});

const plays = tableLog('play', {
  key: ['player', 'run'],
  subject: 'player',
  fields: { score: 'score', combo: 'combo' },
});
const countOfRows: FoldSet = {
  id: 'rows',
  version: 1,
  fields: { score: { type: 'int', min: 0, max: 9999 } },
  reduce: { n: ['count'] },
};

test.each([
  [{ fields: { gone: { type: 'int', min: 0, max: 1 } } }, 'the field "gone" is found nowhere'],
  [{ fold: { initial: 0 } }, 'fold must be a FoldSet, or have initial and step'],
  [
    { from: tableLog('play', { key: ['run'], subject: 'player', fields: { score: 'score' } }), fold: inOrder },
    'fields is missing',
  ],
  [{ ordered: true }, 'ordered is for events'],
  [{ ordered: false }, 'ordered is for events'],
  [{ after: [projection('of_rows', { from: plays, fold: countOfRows })] }, 'which folds no scores of "runs"'],
  [{ after: [runs] }, 'which folds no scores of "runs"'],
])('refuses %j', (wrong: Record<string, unknown>, message) => {
  const fold = {
    ...formFold,
    ...('fields' in wrong ? { fields: wrong['fields'], where: true, reduce: { n: ['count'] } } : {}),
  };
  const definition = { from: runs, fold, ...('fields' in wrong ? {} : wrong) };
  expect(() => projection('wrong', definition as never)).toThrow(message);
});

test('a fold that changes under its name and version is refused', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 1, runs: 1, rounds: 1 });
    await keep.projections.status(inSql);
    const other = projection('in_sql', { from: runs, fold: { ...formFold, where: true }, at: 'played_at' });
    await expect(keep.projections.status(other as ScoreProjection)).rejects.toMatchObject({
      code: 'PROJECTION_CHANGED',
    });
  });
});
