import { assertTimes } from '../boards/item-time.ts';
import { lockProjection } from '../boards/register-board.ts';
import type { StoredBoard } from '../boards/stored-board.ts';
import { isFoldSet } from '../event-projections/event-projection.ts';
import { buildTable } from '../event-projections/pieces.ts';
import { insertBuild, makeLive, registerDefinition } from '../event-projections/register-events.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import type { Registered } from '../projections/register.ts';
import { heldOf } from './marks.ts';
import { putAside } from './put-aside.ts';
import type { Refolding } from './refolding.ts';
import type { ScoreProjection } from './score-projection.ts';

/**
 * Makes a projection over scores known, the first time; afterwards checks that it is still the same.
 *
 * @returns its id
 * @throws ScorekeepError PROJECTION_CHANGED when this name and version was something else before
 */
export function registerScores(
  tx: Sql,
  schema: string,
  projection: ScoreProjection,
  source: Registered,
): Promise<number> {
  const { fold, paths, at } = projection;
  const definition = { scores: source.label, fold: isFoldSet(fold as never) ? fold : 'step', paths: { ...paths }, at };
  return registerDefinition(tx, schema, projection, definition, { scores: source.label });
}

/**
 * Makes the first build, unless there is one, and has the writers of scores mark the subjects that they touch from then on.
 * They wait meanwhile, so that none is missed. In the transaction of {@link registerScores}.
 */
export async function ensureScoreBuild(tx: Sql, refolding: Refolding): Promise<void> {
  const { schema, id, label, source, projection } = refolding;
  const hasOne = async (): Promise<boolean> =>
    (await tx.query(`select from ${schema}.projection_build where projection = $1 limit 1`, [id])).rows.length > 0;
  if (await hasOne()) return;
  await lockProjection(tx, source.id);
  if (await hasOne()) return;
  const definition: StoredBoard = {
    add: 'sum',
    ties: [],
    marks: id,
    ...(projection.at === null ? {} : { at: projection.at }),
  };
  await assertTimes(tx, source.target.table, projection.name, definition);
  await tx.query(`insert into ${schema}.board (name, projection, definition) values ($1, $2, $3)`, [
    // No board has a colon in its name.
    `projection:${label}`,
    source.id,
    JSON.stringify(definition),
  ]);
  const { subject, key } = source.target.table;
  if (!key.some(({ name }) => name === subject.name)) {
    for (const [index, table] of [
      [`${source.label}_by_subject`, source.target.scores],
      [`${source.label}_history_by_subject`, source.target.history],
    ] as const) {
      await tx.query(`create index if not exists ${quote(index)} on ${table} (${quote(subject.name)})`);
    }
  }
  await makeLive(tx, refolding, await createScoreBuild(tx, refolding, { asOf: null }));
}

/**
 * Makes an empty build with all subjects to fold; answers its number. The caller holds the lock of the scores.
 *
 * @param options.asOf a time whose scores it is to have. What is refused now may have been scored then
 */
export async function createScoreBuild(
  tx: Sql,
  refolding: Refolding,
  { asOf }: { asOf: Date | null },
): Promise<number> {
  const { schema, id, source } = refolding;
  const number = await insertBuild(tx, refolding, { asOf });
  const { table, scores } = source.target;
  await tx.query(
    `insert into ${schema}.refold (projection, build, subject) select distinct $1::int, $2::int, ${quote(table.subject.name)}::text collate "C" from ${scores}
     ${asOf === null ? 'where milli is not null' : ''} order by 3`,
    [id, number],
  );
  return number;
}

/** Removes a build with its table, its marks, and the jobs of what it has put aside. */
export async function dropScoreBuild(tx: Sql, refolding: Refolding, number: number): Promise<void> {
  const { schema, id, label } = refolding;
  const { rows } = await tx.query(
    `delete from ${schema}.refold where projection = $1 and build = $2 returning build, subject, put_aside`,
    [id, number],
  );
  await putAside(tx, refolding, heldOf(rows), new Map());
  await tx.query(`delete from ${schema}.projection_build where projection = $1 and number = $2`, [id, number]);
  await tx.query(`drop table ${buildTable(schema, label, number)}`);
}
