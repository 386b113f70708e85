import { decodeColumn, type Scorer, toFunction } from '@scorekeep/core/rules';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql } from '../postgres/sql.ts';
import { load, PROJECTION_LOCK, type Registered } from '../projections/register.ts';
import type { Applied, Fold, Horizon, Want, Window } from '../slices/fold.ts';
import { arrayLiteral } from './array-literal.ts';
import {
  anyLeft,
  fieldColumns,
  joinChanged,
  parkItems,
  readColumns,
  type Statement,
  scoreInSql,
  tieColumns,
  windowEnd,
  writeColumns,
} from './item-statements.ts';

/** What is done with an item that leaves its slice, in the same transaction. */
export type OnParked = (tx: Sql, projection: number, keys: readonly (readonly string[])[]) => Promise<void>;

/**
 * The fold of a projection over a host's table: each item is scored by the rule set, in Postgres or here, and the
 * projection's boards move with it.
 */
export function tableFold(schema: string, registered: Registered, onParked: OnParked): Fold {
  let current = registered;
  const scorer = registered.backend === 'js' ? toFunction(registered.target.ruleSet) : undefined;
  return {
    async lock(tx) {
      await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, current.id]);
      // In a statement of its own: its snapshot is newer than the lock, so a board made meanwhile is seen.
      const { rows } = await tx.query(
        `select coalesce(json_agg(id order by id), '[]') as boards from ${quote(schema)}.board where projection = $1`,
        [current.id],
      );
      const known = current.target.standings.map((standing) => standing.id);
      if (String(rows[0]?.['boards']) !== String(known)) {
        current = await load(tx, schema, current.id, current.backend);
      }
    },
    async apply(tx, wants, window) {
      let total: Applied = { scored: 0, rejected: 0 };
      for (const want of wants) {
        const one = scorer === undefined ? await inSql(tx, want, window) : await inJavaScript(tx, scorer, want, window);
        total = { scored: total.scored + one.scored, rejected: total.rejected + one.rejected };
      }
      return total;
    },
    async end(tx, wants, window, limit) {
      const { rows } = await run(tx, windowEnd(current.target, wants, window, limit));
      return integer(rows[0], 'count') < limit ? null : (rows[0]?.['last'] as string[]);
    },
    async park(tx, wants, window) {
      const keys: string[][] = [];
      for (const want of wants) {
        const { rows } = await run(tx, parkItems(current.target, want, window));
        keys.push(...rows.map((row) => row['key'] as string[]));
      }
      await onParked(tx, current.id, keys);
      return keys.length;
    },
    async left(tx, wants, window, horizon) {
      const since = horizon !== undefined && (await isStill(tx, horizon)) ? horizon : undefined;
      const { rows } = await run(tx, anyLeft(current.target, wants, window, since));
      return wants.filter((want) => rows[0]?.[`${want}_left`] === true);
    },
  };

  /** Whether the results are as they were: a new one may concern any row of the log. */
  async function isStill(tx: Sql, horizon: Horizon): Promise<boolean> {
    if (!current.target.table.hasVersions) return false;
    const statement = joinChanged(current.target.table, horizon);
    return statement === undefined || (await run(tx, statement)).rows[0]?.['changed'] === false;
  }

  async function inSql(tx: Sql, want: Want, window: Window): Promise<Applied> {
    const { rows } = await run(tx, scoreInSql(current.target, want, window));
    return counted(rows[0]);
  }

  async function inJavaScript(tx: Sql, score: Scorer, want: Want, window: Window): Promise<Applied> {
    const { target } = current;
    const { rows } = await run(tx, readColumns(target, want, window));
    const row = rows[0];
    const keys = row?.['k_1'] as unknown[] | null;
    if (row === undefined || keys === null) return { scored: 0, rejected: 0 };
    const fields = Object.fromEntries(
      Object.entries(fieldColumns(target)).map(([field, column], i) => [
        field,
        (row[`f_${i + 1}`] as unknown[]).map((value) => decodeColumn(column.type, value)),
      ]),
    );
    const computed = score.scoreColumns(fields, keys.length);
    const columns = new Map<string, string>();
    for (const name of Object.keys(row)) {
      if (!name.startsWith('f_')) columns.set(name, arrayLiteral(row[name] as (string | null)[]));
    }
    const whereScored = (values: ArrayLike<number>): string =>
      arrayLiteral(Array.from(values, (value, i) => (computed.reason[i] === 0 ? value : null)));
    columns.set('milli', whereScored(computed.milli));
    columns.set('fired', arrayLiteral(Array.from(computed.fired)));
    columns.set('reason', arrayLiteral(Array.from(computed.reason)));
    for (const [i, name] of tieColumns(target.ruleSet).entries())
      columns.set(name, whereScored(computed.ties[i] ?? []));
    const written = await run(tx, writeColumns(target, want, columns));
    return counted(written.rows[0]);
  }
}

const run = (tx: Sql, statement: Statement): Promise<{ rows: Row[] }> => tx.query(statement.text, statement.values);

const counted = (row: Row | undefined): Applied => ({
  scored: integer(row, 'scored'),
  rejected: integer(row, 'rejected'),
});
