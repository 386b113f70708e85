import { once } from 'node:events';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { correctRound, createArcade } from '../boards/testing/arcade.ts';
import { connect } from '../connect.ts';
import { projection } from '../projections/projection.ts';
import { onDatabase } from '../testing/contest.ts';
import { end, startWorker, supervise } from '../testing/processes.ts';
import type { ScoreProjection } from './score-projection.ts';
import { FORM_BY_HAND, formBy, runs } from './testing/form.ts';

const SCRIPT = '../score-projections/testing/fold-worker.ts';
const [inSql, inJs] = [formBy('sql', 'in_sql'), formBy('js', 'in_js')];
const counted = projection<number>('counted', { from: runs, fold: { initial: 0, step: (n) => n + 1 } });

test('killed between statements while results are corrected, folds equal a recount; a subject that ends its process ends up alone, and the others are folded', {
  timeout: 300_000,
}, async () => {
  const { url } = await testDatabase();
  await createArcade(url, { players: 60, runs: 4, rounds: 8 });
  const keep = await connect({ url, poolSize: 6 });
  try {
    for (const one of [inSql, inJs, counted as ScoreProjection]) await keep.projections.status(one);
    for (const [i, statement] of [12, 25, 40, 61].entries()) {
      await onDatabase(url, (client) => client.query(correctRound, [i + 1, (i % 3) + 1]));
      await keep.run(runs);
      const victim = await startWorker({ DRILL_URL: url, DRILL_KILL_AT_STATEMENT: String(statement) }, SCRIPT);
      if (victim.signalCode === null) await once(victim, 'exit');
      expect(victim.signalCode).toBe('SIGKILL');
    }
    const { rows: named } = await onDatabase(url, (client) =>
      client.query(`select md5('player 7')::uuid::text as player`),
    );
    const lethal = String(named[0].player);
    // Whatever those who died have got through, everybody is to be folded again.
    for (let round = 1; round <= 8; round++) {
      await onDatabase(url, (client) => client.query(correctRound, [round, 2]));
    }
    await keep.run(runs);
    const supervised = supervise(() => startWorker({ DRILL_URL: url, DRILL_LETHAL: lethal }, SCRIPT));
    try {
      const put = (): Promise<unknown> =>
        onDatabase(
          url,
          async (client) =>
            (
              await client.query('select code from scorekeep.refold where subject = $1 and due_at = $2', [
                lethal,
                'infinity',
              ])
            ).rows,
        );
      await expect.poll(put, { timeout: 200_000 }).toEqual([{ code: 'WORKER_LOST' }]);
    } finally {
      await supervised.stop();
    }
    const survivor = await startWorker({ DRILL_URL: url, DRILL_LETHAL: lethal }, SCRIPT);
    for (const one of [inSql, inJs, counted as ScoreProjection]) {
      await expect.poll(async () => (await keep.projections.status(one)).behind, { timeout: 100_000 }).toBe(0);
    }
    expect(await end(survivor, 'SIGTERM')).toBe(0);
    // Who died six times with the culprit is put aside too, and nothing is wrong with it.
    for (const one of [inSql, inJs]) {
      await keep.projections.refold(one);
      await keep.projections.catchUp(one);
      expect(await keep.projections.status(one)).toMatchObject({ behind: 0, parked: 0 });
    }
    const marked = await onDatabase(url, (client) => client.query('select subject from scorekeep.refold'));
    const aside = marked.rows.map((row) => String(row.subject));
    expect(aside).toContain(lethal);
    expect(aside.length).toBeLessThan(10);
    const { rows } = await onDatabase(url, (client) => client.query(FORM_BY_HAND));
    expect(rows).toHaveLength(60);
    for (const { subject, in_order, ...state } of rows) {
      const form = state.games === 0 ? undefined : state;
      expect(await keep.projections.state(inSql, subject)).toEqual(form);
      expect(await keep.projections.state(inJs, subject)).toEqual(form);
      if (!aside.includes(subject)) expect(await keep.projections.state(counted, subject)).toBe(in_order.length);
    }
    expect(await keep.projections.refold(counted as ScoreProjection)).toBeGreaterThanOrEqual(1);
    await keep.projections.catchUp(counted as ScoreProjection);
    expect(await keep.projections.state(counted, lethal)).toBe(
      rows.find(({ subject }) => subject === lethal)?.in_order.length,
    );
  } finally {
    await keep.stop();
  }
});
