import { lockProjection } from '../boards/register-board.ts';
import { ScorekeepError } from '../errors.ts';
import { diffBuilds } from '../event-projections/diff-builds.ts';
import {
  assertBuild,
  liveNumber,
  type RebuildOptions,
  type Rebuilt,
  switchedMeanwhile,
} from '../event-projections/rebuild.ts';
import { cutOffBuild, makeLive, noteCompared } from '../event-projections/register-events.ts';
import { publish } from '../facts.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { itemFolds } from './item-folds.ts';
import { SUBJECTS_MAX } from './marks.ts';
import { assertHistory, refused } from './no-history.ts';
import { refold, refoldIn } from './refold.ts';
import type { Refolding } from './refolding.ts';
import { createScoreBuild } from './register-scores.ts';

/** Folds all subjects anew beside the live build, compares both, and puts the new one in the place of the old, which is kept. */
export async function rebuildScores(refolding: Refolding, options: RebuildOptions): Promise<Rebuilt> {
  const { pool, source } = refolding;
  const number = await transaction(pool, async (tx) => {
    await lockProjection(tx, source.id);
    return (await cutOffBuild(tx, refolding)) ?? createScoreBuild(tx, refolding, { asOf: null });
  });
  return switchScoreBuild(refolding, number, options);
}

/** Catches a build up with the scores, compares it with the live one at the same moment, and swaps them. */
export async function switchScoreBuild(
  refolding: Refolding,
  number: number,
  { swapIf = () => true, signal }: RebuildOptions,
): Promise<Rebuilt> {
  const { pool, source, id, label } = refolding;
  await assertBuild(pool, refolding, number, { changeable: true });
  const before = await liveNumber(pool, refolding);
  while ((await refold(refolding, number)) !== undefined) signal?.throwIfAborted();
  return transaction(pool, async (tx) => {
    // Whoever writes scores or folds them waits from here on, so that both builds are of one moment; reading goes on.
    await lockProjection(tx, source.id);
    await foldFirst(tx, refolding);
    await lockProjection(tx, id);
    if ((await liveNumber(tx, refolding)) !== before) throw switchedMeanwhile(refolding);
    // It may have been dropped meanwhile.
    await assertBuild(tx, refolding, number);
    for (const build of [before, number]) await refoldIn(tx, refolding, build, await due(tx, refolding, build));
    const differences = await diffBuilds(tx, refolding, before, number);
    await noteCompared(tx, refolding, [before, number]);
    const swapped = swapIf(differences);
    if (swapped) await makeLive(tx, refolding, number);
    publish('projection.rebuilt', { label, build: number, before, differing: differences.subjects, swapped });
    return { build: number, before, differences, swapped };
  });
}

/**
 * Folds the scores as they were at a time into a build of its own, which stays as it is: what had happened by then, by the column `at`,
 * with the scores that it had then.
 *
 * @returns its number
 * @throws ScorekeepError NO_HISTORY when nobody can say what was then
 */
export async function rebuildScoresAt(refolding: Refolding, time: Date): Promise<number> {
  const { pool, projection, source } = refolding;
  assertHistory(projection);
  const fold = itemFolds(projection, source.target, time);
  return transaction(pool, async (tx) => {
    const number = await createScoreBuild(tx, refolding, { asOf: time });
    const subjects = await due(tx, refolding, number);
    for (let from = 0; from < subjects.length; from += SUBJECTS_MAX) {
      const some = subjects.slice(from, from + SUBJECTS_MAX);
      const failed = await refoldIn(tx, refolding, number, some, fold);
      if ([...failed.values()].includes('NO_HISTORY')) throw refused(projection);
    }
    return number;
  });
}

/**
 * Has the projections that come first fold what is due, so that no build of this one is ahead of them. They wait until the transaction
 * ends.
 *
 * @throws ScorekeepError NOT_READY when one of them is paused
 */
async function foldFirst(tx: Sql, { label, after }: Refolding): Promise<void> {
  for (const first of after) {
    await foldFirst(tx, first);
    await lockProjection(tx, first.id);
    const { rows } = await tx.query(
      `select number, paused_at is not null as paused from ${first.schema}.projection_build where projection = $1 and live`,
      [first.id],
    );
    const number = integer(rows[0], 'number');
    const subjects = await due(tx, first, number);
    if (subjects.length > 0 && rows[0]?.['paused'] === true) {
      throw new ScorekeepError(
        'NOT_READY',
        `${label} comes after ${first.label}, which is paused with ${subjects.length} subjects to fold. Resume it first.`,
        { label, after: first.label, subjects: subjects.length },
      );
    }
    await refoldIn(tx, first, number, subjects);
  }
}

async function due(tx: Sql, { schema, id }: Refolding, build: number): Promise<string[]> {
  const { rows } = await tx.query(
    `select subject from ${schema}.refold where projection = $1 and build = $2 and due_at < 'infinity' and code is null`,
    [id, build],
  );
  return rows.map((row) => text(row, 'subject'));
}
