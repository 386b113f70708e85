import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { createAdmin } from '../admin/index.ts';
import { correctRound, createArcade } from '../boards/testing/arcade.ts';
import { connect } from '../connect.ts';
import type { Keep } from '../keep.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { end, runVictim, startWorker, supervise } from '../testing/processes.ts';
import type { ScoreProjection } from './score-projection.ts';
import { formBy, formByHand, isTouchy, runs, touchy } from './testing/form.ts';

const WORKER = '../score-projections/testing/fold-worker.ts';
const REBUILDER = '../score-projections/testing/rebuild-worker.ts';
const [inSql, inJs] = [formBy('sql', 'in_sql'), formBy('js', 'in_js')];
const counted = projection<number>('counted', { from: runs, fold: { initial: 0, step: (n) => n + 1 } });
const all = [inSql, inJs, touchy as ScoreProjection, counted as ScoreProjection];

/** Each fact of a fold and of a retry, and statements in the middle of one. */
const KILLS: Record<string, string>[] = [
  { DRILL_KILL_AT: 'subjects.refolded#2' },
  { DRILL_KILL_AT: 'subject.parked#2' },
  { DRILL_KILL_AT: 'item.retried#2' },
  ...[12, 25, 40, 61].map((n) => ({ DRILL_KILL_AT_STATEMENT: String(n) })),
];

const correct = (url: string, round: number, factor: number): Promise<unknown> =>
  onDatabase(url, (client) => client.query(correctRound, [round, factor]));

const caughtUp = (keep: Keep, one: ScoreProjection): Promise<void> =>
  expect.poll(async () => (await keep.projections.status(one)).behind, { timeout: 200_000 }).toBe(0);

/** Folds by data equal a recount; answers it. */
async function expectForms(keep: Keep, url: string): Promise<Record<string, unknown>[]> {
  const { rows } = await onDatabase(url, (client) => client.query(formByHand()));
  for (const { subject, in_order: _, ...state } of rows) {
    const form = state.games === 0 ? undefined : state;
    expect(await keep.projections.state(inSql, subject)).toEqual(form);
    expect(await keep.projections.state(inJs, subject)).toEqual(form);
  }
  return rows;
}

test('killed at every point while results are corrected, folds equal a recount; a subject that ends its process is put aside and dead-lettered, and the others are folded', {
  timeout: 600_000,
}, async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 60, runs: 4, rounds: 8 });
  const keep = await connect({ url, poolSize: 6 });
  const letters = createAdmin(keep, { authorize: () => true }).deadLetters(counted as ScoreProjection, 'ann');
  try {
    for (const one of all) await keep.projections.status(one);
    for (const [i, kill] of KILLS.entries()) {
      await correct(url, i + 1, (i % 3) + 1);
      await keep.run(runs);
      expect(await runVictim({ DRILL_URL: url, ...kill }, WORKER), JSON.stringify(kill)).toBe('SIGKILL');
    }
    const { rows: named } = await onDatabase(url, (client) =>
      client.query(`select md5('player 7')::uuid::text as player`),
    );
    const lethal = String(named[0].player);
    // Whatever those who died have got through, everybody is to be folded again.
    for (let round = 1; round <= 8; round++) await correct(url, round, 2);
    await keep.run(runs);
    const supervised = supervise(() => startWorker({ DRILL_URL: url, DRILL_LETHAL: lethal }, WORKER));
    try {
      const dead = async (): Promise<unknown> =>
        (await Promise.all((await letters.list()).map(({ id }) => letters.show(id)))).filter(
          (letter) => (letter?.payload as { key: string[] } | undefined)?.key[1] === lethal,
        );
      await expect.poll(dead, { timeout: 300_000 }).toMatchObject([{ reason: 'WORKER_LOST', attempts: 4 }]);
    } finally {
      await supervised.stop();
    }
    const survivor = await startWorker({ DRILL_URL: url, DRILL_LETHAL: lethal }, WORKER);
    for (const one of all) await caughtUp(keep, one);
    expect(await end(survivor, 'SIGTERM')).toBe(0);
    // Who died again and again with the culprit is put aside too, and nothing is wrong with it.
    for (const one of [inSql, inJs, touchy as ScoreProjection]) {
      await keep.projections.refold(one);
      await keep.projections.catchUp(one);
      expect((await keep.projections.status(one)).behind).toBe(0);
    }
    for (const one of [inSql, inJs]) expect((await keep.projections.status(one)).parked).toBe(0);
    const marked = await onDatabase(url, (client) =>
      client.query(
        `select r.subject from scorekeep.refold r join scorekeep.projection p on p.id = r.projection where p.name = 'counted'`,
      ),
    );
    const aside = marked.rows.map((row) => String(row.subject));
    expect(aside).toContain(lethal);
    expect(aside.length).toBeLessThan(10);
    const rows = await expectForms(keep, url);
    expect(rows).toHaveLength(60);
    const runsOf = (row: Record<string, unknown> = {}): number => (row['in_order'] as number[]).length;
    for (const row of rows) {
      const subject = String(row['subject']);
      if (!aside.includes(subject)) expect(await keep.projections.state(counted, subject)).toBe(runsOf(row));
      expect(await keep.projections.state(touchy, subject)).toBe(isTouchy(subject) ? undefined : runsOf(row));
    }
    expect((await keep.projections.status(touchy as ScoreProjection)).parked).toBe(
      rows.filter(({ subject }) => isTouchy(String(subject))).length,
    );
    expect(await keep.projections.refold(counted as ScoreProjection)).toBeGreaterThanOrEqual(1);
    await keep.projections.catchUp(counted as ScoreProjection);
    expect(await keep.projections.state(counted, lethal)).toBe(runsOf(rows.find(({ subject }) => subject === lethal)));
    expect(await letters.list()).toEqual([]);
  } finally {
    await keep.stop();
  }
});

test('killed between statements of rebuilds while results are corrected and others fold: what is live equals a recount, and a rebuild differs nowhere', {
  timeout: 300_000,
}, async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 40, runs: 4, rounds: 8 });
  const keep = await connect({ url, poolSize: 6 });
  try {
    for (const one of all) await keep.projections.status(one);
    const serving = await startWorker({ DRILL_URL: url }, WORKER);
    for (const [i, statement] of [3, 14, 26, 41, 63, 90].entries()) {
      await correct(url, i + 1, (i % 3) + 1);
      await keep.run(runs);
      const kill = { DRILL_URL: url, DRILL_KILL_AT_STATEMENT: String(statement) };
      expect(await runVictim(kill, REBUILDER), `statement ${statement}`).toBe('SIGKILL');
    }
    await keep.finished(await keep.run(runs));
    for (const one of all) await caughtUp(keep, one);
    expect(await end(serving, 'SIGTERM')).toBe(0);
    expect(await expectForms(keep, url)).toHaveLength(40);
    for (const one of [inSql, inJs]) {
      expect(await keep.projections.rebuild(one)).toMatchObject({ swapped: true, differences: { subjects: 0 } });
    }
    await expectForms(keep, url);
  } finally {
    await keep.stop();
  }
});
