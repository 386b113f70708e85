import { lockProjection } from '../boards/register-board.ts';
import { diffBuilds } from '../event-projections/diff-builds.ts';
import { assertBuild, liveNumber, notThere, type RebuildOptions, type Rebuilt } from '../event-projections/rebuild.ts';
import { makeLive, readBuilds } from '../event-projections/register-events.ts';
import { publish } from '../facts.ts';
import { type Sql, text } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { refold, refoldIn } from './refold.ts';
import type { Refolding } from './refolding.ts';
import { createScoreBuild } from './register-scores.ts';

/** Folds all subjects anew beside the live build, compares both, and puts the new one in the place of the old, which is kept. */
export async function rebuildScores(refolding: Refolding, options: RebuildOptions): Promise<Rebuilt> {
  const { pool, source } = refolding;
  const live = await liveNumber(pool, refolding);
  const unfinished = (await readBuilds(pool, refolding)).findLast((build) => !build.live);
  const number =
    unfinished !== undefined && unfinished.number > live
      ? unfinished.number
      : await transaction(pool, async (tx) => {
          await lockProjection(tx, source.id);
          return createScoreBuild(tx, refolding);
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
    await lockProjection(tx, id);
    if ((await liveNumber(tx, refolding)) !== before) throw notThere(refolding, before);
    for (const build of [before, number]) await refoldIn(tx, refolding, build, await due(tx, refolding, build));
    const differences = await diffBuilds(tx, refolding, before, number);
    const swapped = swapIf(differences);
    if (swapped) await makeLive(tx, refolding, number);
    publish('projection.rebuilt', { label, build: number, before, differing: differences.subjects, swapped });
    return { build: number, before, differences, swapped };
  });
}

async function due(tx: Sql, { schema, id }: Refolding, build: number): Promise<string[]> {
  const { rows } = await tx.query(
    `select subject from ${schema}.refold where projection = $1 and build = $2 and due_at < 'infinity' and code is null`,
    [id, build],
  );
  return rows.map((row) => text(row, 'subject'));
}
