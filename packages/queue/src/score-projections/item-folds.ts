import { type FoldSet, type FoldState, toFold, toFoldSql } from '@scorekeep/core/rules';
import { isFoldSet, reducersOf } from '../event-projections/event-projection.ts';
import { columnsOf, insertStates, reducerNames } from '../event-projections/fold-set.ts';
import { asJson } from '../event-projections/step-fold.ts';
import { safeCode } from '../jobs/outcome.ts';
import { codeOf } from '../postgres/classify-error.ts';
import type { Sql } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';
import { fieldColumns, type Target } from '../tables/item-statements.ts';
import { refusals } from './no-history.ts';
import type { ItemFold, ScoreProjection } from './score-projection.ts';
import { columnAt, itemsOf, readItems, subjectOf } from './scored-items.ts';

/** How the state of a subject is computed from its scored items, all of them, each time. */
export interface ItemFolds {
  /** The columns of a build's table behind its key, `subject`. */
  readonly columns: readonly string[];
  /**
   * Puts the states of subjects in the place of those they have in the table.
   *
   * @returns the code of what each subject failed with that could not be folded, and keeps what it had
   */
  write(tx: Sql, table: string, subjects: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/**
 * The fold of a projection over scores.
 *
 * @param asOf folds what had happened by then, with the scores of that time. Default: all there is, as it is
 */
export function itemFolds(projection: ScoreProjection, target: Target, asOf: Date | null = null): ItemFolds {
  const { fold, backend } = projection;
  if (!isFoldSet(fold as FoldSet)) return byFunction(projection, target, fold as ItemFold<unknown>, asOf);
  const of = backend === 'sql' ? inSql : inJs;
  return of(projection, target, fold as FoldSet, asOf);
}

const NONE: ReadonlyMap<string, string> = new Map();

const clear = (tx: Sql, table: string, subjects: readonly string[]): Promise<unknown> =>
  tx.query(`delete from ${table} where subject = any ($1::text[])`, [subjects]);

function inSql(projection: ScoreProjection, target: Target, fold: FoldSet, asOf: Date | null): ItemFolds {
  const { select, from, accepts, values } = toFoldSql(fold, {
    from: itemsOf(target, projection, asOf),
    carry: { subject: subjectOf(target) },
    columns: Object.fromEntries(
      Object.entries(projection.paths).map(([field, path]) => [field, columnAt(path, projection, target)]),
    ),
    firstParameter: 2,
  });
  const states = `select score.subject, ${select} from ${from} group by score.subject having bool_or(${accepts})`;
  const names = reducerNames(projection.name, fold);
  return {
    columns: columnsOf(projection.name, fold),
    async write(tx, table, subjects) {
      await clear(tx, table, subjects);
      await tx.query(`insert into ${table} (subject, ${names}) ${states}`, [subjects, ...values]);
      return NONE;
    },
  };
}

function inJs(projection: ScoreProjection, target: Target, fold: FoldSet, asOf: Date | null): ItemFolds {
  const { initial, step } = toFold(fold);
  const paths = Object.entries(projection.paths);
  const columns = paths.map(([, path]) => columnAt(path, projection, target));
  return {
    columns: columnsOf(projection.name, fold),
    async write(tx, table, subjects) {
      const states = new Map<string, FoldState>();
      for (const { item, values } of await readItems(tx, target, projection, { columns, subjects, asOf })) {
        const before = states.get(item.subject) ?? initial;
        const after = step(before, Object.fromEntries(paths.map(([field], i) => [field, values[i]])));
        if (after !== before) states.set(item.subject, after);
      }
      await clear(tx, table, subjects);
      if (states.size > 0) await insertStates(tx, table, reducersOf(projection.name, fold), states);
      return NONE;
    },
  };
}

function byFunction(
  projection: ScoreProjection,
  target: Target,
  fold: ItemFold<unknown>,
  asOf: Date | null,
): ItemFolds {
  const fields = Object.entries(fieldColumns(target));
  const asked = asOf === null ? {} : refusals(projection);
  const columns = fields.map(([, column]) => column);
  return {
    columns: ['state jsonb not null'],
    async write(tx, table, subjects) {
      const items = await readItems(tx, target, projection, { columns, subjects, asOf });
      const failed = new Map<string, string>();
      const states = new Map<string, string>();
      for (const [subject, own] of Map.groupBy(items, ({ item }) => item.subject)) {
        try {
          let state = structuredClone(fold.initial);
          for (const { item, values } of own) {
            state = fold.step(state, {
              ...item,
              fields: Object.defineProperties(
                Object.fromEntries(fields.map(([field], i) => [field, values[i]])),
                asked,
              ),
            });
          }
          states.set(subject, asJson(state));
        } catch (error) {
          failed.set(subject, safeCode(codeOf(error)));
        }
      }
      // One that has no items any more has no state either, as in the folds that are data.
      await clear(
        tx,
        table,
        subjects.filter((subject) => !failed.has(subject)),
      );
      await tx.query(`insert into ${table} (subject, state) select * from unnest($1::text[], $2::jsonb[])`, [
        textArray([...states.keys()]),
        textArray([...states.values()]),
      ]);
      return failed;
    },
  };
}
