import type pg from 'pg';
import { FoldFailed } from '../event-projections/isolate.ts';
import { buildTable } from '../event-projections/pieces.ts';
import { publish } from '../facts.ts';
import { WORKER_LOST } from '../jobs/outcome.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { transaction } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { itemFolds } from './item-folds.ts';
import { buildOf, dueIn, endMarks, type Held, heldOf, LOST, SUBJECTS_MAX } from './marks.ts';
import type { Refolding } from './refolding.ts';

/**
 * Puts subjects aside whose fold failed, and makes each a job: it is tried again, later each time, and dead-lettered. Their states stay
 * what they were.
 *
 * @param codes what they failed with
 */
export async function putAside(
  tx: Sql,
  refolding: Refolding,
  { build, again }: Pick<Held, 'build' | 'again'>,
  codes: ReadonlyMap<string, string>,
): Promise<void> {
  const { id, schema, label, projection } = refolding;
  // Whatever came of them: a subject has one job or dead letter at most, and none once it is folded.
  if (again.length > 0) await refolding.withdraw(tx, referencesTo(build, again));
  if (codes.size === 0) return;
  await tx.query(
    `update ${schema}.refold r set holder = null, code = x.code, due_at = 'infinity', put_aside = true
     from unnest($3::text[], $4::text[]) x (subject, code) where r.projection = $1 and r.build = $2 and r.subject = x.subject`,
    [id, build, textArray([...codes.keys()]), textArray([...codes.values()])],
  );
  await refolding.dispatch(tx, referencesTo(build, [...codes.keys()]));
  const log = projection.of.from.table;
  for (const code of codes.values()) publish('subject.parked', { log, label, build, code });
}

/** How jobs name subjects that were put aside. */
const referencesTo = (build: number, subjects: readonly string[]): (readonly string[])[] =>
  subjects.map((subject) => [String(build), subject]);

/**
 * Folds a subject that was put aside, in the transaction that finds it still so: one whose scores have changed since is folded as any
 * other, and one that was folded is done with.
 *
 * @returns false while the projection is paused
 * @throws what its fold fails with
 */
export async function retrySubject(
  tx: pg.PoolClient,
  refolding: Refolding,
  [build = '', subject = '']: readonly string[],
): Promise<boolean> {
  const { id, schema, label, projection, source } = refolding;
  await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, id]);
  const live = await tx.query(
    `select paused_at is not null as paused from ${schema}.projection_build where projection = $1 and live`,
    [id],
  );
  if (live.rows[0]?.['paused'] !== false) return false;
  const { rows } = await tx.query(
    `select b.number, b.as_of from ${schema}.refold r join ${schema}.projection_build b on b.projection = r.projection and b.number = r.build
     where r.projection = $1 and r.build = $2 and r.subject = $3 and r.code is not null for update of r`,
    [id, Number(build), subject],
  );
  if (rows[0] === undefined) return true;
  const number = integer(rows[0], 'number');
  const asOf = rows[0]['as_of'] as Date | null;
  const fold = asOf === null ? refolding.fold : itemFolds(projection, source.target, asOf);
  const failed = await fold.write(tx, buildTable(schema, label, number), [subject]);
  const code = failed.get(subject);
  if (code !== undefined) throw new FoldFailed(code);
  await endMarks(tx, refolding, number, [subject]);
  return true;
}

/** Puts subjects aside that were in hand of one dead process after the other. */
export async function putLostAside(refolding: Refolding, number?: number): Promise<void> {
  const { pool, id, schema } = refolding;
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, id]);
    const { rows } = await tx.query(
      `select r.build, r.subject, r.put_aside from ${schema}.refold r, (${buildOf(refolding, number)}) b where ${dueIn(refolding)} and ${LOST}
       order by r.subject limit ${SUBJECTS_MAX} for update of r skip locked`,
    );
    const held = heldOf(rows);
    if (held.subjects.length === 0) return;
    await putAside(tx, refolding, held, new Map(held.subjects.map((subject) => [subject, WORKER_LOST])));
  });
}
