import { expect, test } from 'vitest';
import { correctRound, createArcade } from '../boards/testing/arcade.ts';
import type { Keep } from '../keep.ts';
import { projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { withKeep } from '../testing/with-keep.ts';
import type { ScoreProjection } from './score-projection.ts';
import { formBy, formByHand, inOrder, runs } from './testing/form.ts';

const inSql = formBy('sql', 'in_sql');
const inJs = formBy('js', 'in_js');
const ordered = projection('in_order', { from: runs, fold: inOrder, at: 'played_at' }) as ScoreProjection;

/** A time that what was committed is before, and what will be is after, to the millisecond. */
async function betweenTimes(url: string): Promise<Date> {
  const now = async (): Promise<Date> =>
    onDatabase(url, async (client) => (await client.query('select clock_timestamp() as now')).rows[0].now);
  const time = new Date((await now()).getTime() + 1);
  await expect.poll(async () => (await now()) > time).toBe(true);
  return time;
}

/** States of a build by its table. */
const statesOf = async (url: string, { name }: ScoreProjection, build: number): Promise<Record<string, unknown>[]> =>
  onDatabase(
    url,
    async (client) =>
      (await client.query(`select * from scorekeep.projection_${name}_v1_${build} order by subject`)).rows,
  );

async function expectAt(keep: Keep, url: string, time: Date): Promise<number> {
  const { rows } = await onDatabase(url, (client) => client.query(formByHand(time)));
  const numbers = (row: Record<string, unknown>): Record<string, unknown> =>
    JSON.parse(
      JSON.stringify(row, (_, value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
    );
  const forms = rows.filter(({ games }) => games > 0).map(({ in_order: _, ...form }) => form);
  for (const one of [inSql, inJs]) {
    const build = await keep.projections.rebuildAt(one, time);
    expect((await statesOf(url, one, build)).map(numbers)).toEqual(forms.map(numbers));
    expect((await keep.projections.builds(one)).at(-1)).toMatchObject({ number: build, live: false, asOf: time });
  }
  const build = await keep.projections.rebuildAt(ordered, time);
  expect(await statesOf(url, ordered, build)).toEqual(
    rows.map(({ subject, in_order }) => ({ subject, state: in_order })),
  );
  return build;
}

test('rebuilt at a time, a fold has what had happened by then with the scores of then, as hand-written SQL has it; the difference to now is told', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 12, runs: 5, rounds: 6 });
    await keep.run(runs, { inline: true });
    const before = await betweenTimes(url);
    for (const values of [
      [1, 3],
      [2, 1],
      [1, 2],
    ]) {
      await onDatabase(url, (client) => client.query(correctRound, values));
      await keep.run(runs, { inline: true });
    }
    const between = await betweenTimes(url);
    await onDatabase(url, (client) => client.query(correctRound, [3, 2]));
    await keep.run(runs, { inline: true });
    for (const one of [inSql, inJs, ordered]) await keep.projections.catchUp(one);

    const then = await expectAt(keep, url, before);
    await expectAt(keep, url, between);
    // A time by which half of the runs had happened, long before any was scored.
    await expectAt(keep, url, new Date('2026-03-25T00:00:00Z'));
    expect(await statesOf(url, ordered, await expectAt(keep, url, new Date('2020-01-01T00:00:00Z')))).toEqual([]);
    expect((await keep.projections.diff(ordered, await expectAt(keep, url, await betweenTimes(url)))).subjects).toBe(0);

    const differing = (await keep.projections.diff(ordered, then)).examples.map(({ subject }) => subject);
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select a.subject from (${formByHand(before)}) a join (${formByHand()}) b using (subject) where a.in_order <> b.in_order order by 1`,
      ),
    );
    expect(differing).toEqual(rows.map(({ subject }) => subject));
    expect(differing.length).toBeGreaterThan(0);
    // What is corrected from then on changes nothing of it, and a rebuild does not go on with it.
    const past = await statesOf(url, ordered, then);
    expect(await keep.projections.rebuild(ordered)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    await onDatabase(url, (client) => client.query(correctRound, [4, 3]));
    await keep.run(runs, { inline: true });
    await keep.projections.catchUp(ordered);
    expect(await statesOf(url, ordered, then)).toEqual(past);
    await expect(keep.projections.switchTo(ordered, then)).rejects.toThrow('shows an earlier time');
    await keep.projections.dropBuild(ordered, then);
  });
});

test('a time is refused, with the reason and the remedy, where nobody can say what was then; the refused build is gone', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 4, runs: 2, rounds: 6 });
    await keep.run(runs, { inline: true });
    const at = 'played_at';
    const factor = { type: 'int', min: 0, max: 9 } as const;
    const timeless = projection<number>('timeless', { from: runs, fold: { initial: 0, step: (n) => n + 1 } });
    const corrected = projection('corrected', {
      from: runs,
      at,
      fold: { id: 'corrected', version: 1, fields: { factor }, reduce: { sum: ['sum', '$factor'] } },
    });
    const asks = projection<number>('asks', {
      from: runs,
      at,
      fold: { initial: 0, step: (n, { fields }) => n + Number(fields['factor']) },
    });
    for (const [one, why] of [
      [timeless, 'nothing says when a row of "play" happened. Name the column that does with at'],
      [corrected, 'reads "factor", and corrections of "round" leave nothing of what was there'],
      [asks, 'reads "factor", and corrections of "round" leave nothing of what was there'],
    ] as const) {
      await keep.projections.catchUp(one as ScoreProjection);
      const refused = keep.projections.rebuildAt(one as ScoreProjection, new Date());
      await expect(refused).rejects.toMatchObject({ code: 'NO_HISTORY', message: expect.stringContaining(why) });
      expect(await keep.projections.builds(one as ScoreProjection)).toHaveLength(1);
    }
  });
});

test('rows of a table that say when they happened are folded up to a time', async () => {
  await withKeep(async (keep, url) => {
    await createArcade(url, { players: 8, runs: 5, rounds: 6 });
    const plays = tableLog('play', { key: ['player', 'run'], subject: 'player', fields: { score: 'score' } });
    const listed = projection<readonly number[]>('listed', {
      from: plays,
      at: 'played_at',
      fields: { score: { type: 'int', min: 0, max: 9999 } },
      fold: { initial: [], step: (list, { fields }) => [...list, Number(fields['score'])] },
    }) as ScoreProjection;
    await keep.run(listed.of, { inline: true });
    await keep.projections.catchUp(listed);
    const build = await keep.projections.rebuildAt(listed, new Date('2026-03-25T00:00:00Z'));
    const { rows } = await onDatabase(url, (client) =>
      client.query(
        `select player::text as subject, json_agg(score order by played_at, player, run) as state from play where score is not null and played_at <= '2026-03-25T00:00:00Z' group by 1 order by 1`,
      ),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(await statesOf(url, listed, build)).toEqual(rows);
  });
});
