import { decodeColumn, type ScoreColumns, type Scorer, toFunction } from '@scorekeep/core/rules';
import pg from 'pg';
import { recomputeStandings } from '../boards/recompute.ts';
import { recomputes } from '../boards/stored-board.ts';
import { ScorekeepError } from '../errors.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { corrects, load, PROJECTION_LOCK, type Registered } from '../projections/register.ts';
import type { Applied, Fold, Horizon, Reasons, Want, Window } from '../slices/fold.ts';
import { arrayLiteral } from './array-literal.ts';
import { distinctRows } from './distinct-rows.ts';
import {
  anyLeft,
  countRejected,
  fieldColumns,
  goesStraight,
  isInsert,
  parkItems,
  readColumns,
  type Statement,
  scoreInSql,
  sourcesChanged,
  type Target,
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
    corrects: corrects(registered),
    async lock(tx) {
      // Keys that are floats travel as text, which must say all of them whatever the database's setting.
      await tx.query(`select pg_advisory_xact_lock_shared($1, $2), set_config('extra_float_digits', '1', true)`, [
        PROJECTION_LOCK,
        current.id,
      ]);
      // In a statement of its own: its snapshot is newer than the lock, so a board made meanwhile is seen.
      const { rows } = await tx.query(
        `select coalesce(json_agg(id order by id), '[]') as boards, current_setting('transaction_isolation') as isolation from ${quote(schema)}.board where projection = $1`,
        [current.id],
      );
      assertReadCommitted(text(rows[0], 'isolation'));
      const known = current.target.standings.map((standing) => standing.id);
      if (String(rows[0]?.['boards']) !== String(known)) {
        current = await load(tx, schema, current.id, current.backend);
      }
    },
    async apply(tx, wants, window) {
      let total: Applied = NOTHING;
      // Other transactions of this process share `current`, and one of them may load it anew meanwhile.
      const { target } = current;
      for (const want of wants) {
        const one =
          scorer === undefined
            ? await inSql(tx, target, want, window)
            : await inJavaScript(tx, target, scorer, want, window);
        for (const standing of target.standings) {
          if (recomputes(standing.definition, want)) {
            await recomputeStandings(tx, target, standing, one.touched ?? []);
          }
        }
        total = together(total, one);
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

  /** Whether tables and results are as they were: a new result may concern any row of the log. */
  async function isStill(tx: Sql, horizon: Horizon): Promise<boolean> {
    const { table } = current.target;
    return table.hasVersions && (await run(tx, sourcesChanged(table, horizon))).rows[0]?.['changed'] === false;
  }

  async function inSql(tx: Sql, target: Target, want: Want, window: Window): Promise<Written> {
    const { rows, rowCount } = await run(tx, scoreInSql(target, want, window));
    if (!goesStraight(target, want, window)) return counted(rows[0]);
    const reasons = ((await run(tx, countRejected(target, window))).rows[0]?.['reasons'] ?? {}) as Reasons;
    return applied((rowCount ?? 0) - countOf(reasons), reasons);
  }

  async function inJavaScript(tx: Sql, target: Target, score: Scorer, want: Want, window: Window): Promise<Written> {
    // A host's own transaction may be of any driver.
    const binary = tx instanceof pg.Client;
    const read = (await run(tx, readColumns(target, want, window, binary))).rows[0];
    const count = integer(read, 'count');
    if (read === undefined || count === 0) return NOTHING;
    const fields = Object.fromEntries(
      Object.entries(fieldColumns(target)).map(([field, { type }], i) => [
        field,
        (read[`f_${i + 1}`] as unknown[]).map((value) => decodeColumn(type, value)),
      ]),
    );
    const columns = score.scoreColumns(fields, count);
    const { codes, outcomes } = outcomesOf(columns, tieColumns(target.ruleSet), count);
    const { rows } = await run(tx, writeColumns(target, want, read, arrayLiteral(codes), outcomes, binary));
    if (!isInsert(target, want)) return counted(rows[0]);
    const reasons: Record<string, number> = {};
    for (const reason of columns.reason) if (reason !== 0) reasons[reason] = (reasons[reason] ?? 0) + 1;
    return applied(count - countOf(reasons), reasons);
  }
}

/**
 * Boards are read after the lock that they are declared under; the snapshot of a stricter transaction is older than that.
 *
 * @throws ScorekeepError ISOLATION_TOO_STRICT
 */
function assertReadCommitted(isolation: string): void {
  if (isolation.startsWith('read ')) return;
  throw new ScorekeepError(
    'ISOLATION_TOO_STRICT',
    `This transaction is ${isolation}: it would not see a board that was declared since it began. Begin it with read committed, or run without tx.`,
    { isolation },
  );
}

/** Scores as the numbers of their distinct outcomes, and those outcomes as texts of arrays. */
function outcomesOf(
  { milli, fired, reason, ties }: ScoreColumns,
  tieNames: readonly string[],
  count: number,
): { codes: Int32Array; outcomes: ReadonlyMap<string, string> } {
  const halves = new Int32Array(fired.buffer, fired.byteOffset, 2 * count);
  const [even, odd] = [0, 1].map((offset) => Int32Array.from({ length: count }, (_, i) => halves[2 * i + offset] ?? 0));
  const { first, codes } = distinctRows([milli, even ?? milli, odd ?? milli, reason, ...ties], count);
  const whereScored = (values: ArrayLike<number>): string =>
    arrayLiteral(first.map((row) => (reason[row] === 0 ? (values[row] ?? null) : null)));
  const outcomes = new Map([
    ['milli', whereScored(milli)],
    ['fired', arrayLiteral(first.map((row) => fired[row] ?? null))],
    ['reason', arrayLiteral(first.map((row) => reason[row] ?? null))],
    ...tieNames.map((name, i) => [name, whereScored(ties[i] ?? [])] as const),
  ]);
  return { codes, outcomes };
}

const run = (tx: Sql, statement: Statement): ReturnType<Sql['query']> => tx.query(statement.text, statement.values);

/** What a statement wrote, and the subjects whose standings must be computed anew, where a board asks for them. */
interface Written extends Applied {
  readonly touched?: readonly string[];
}

const counted = (row: Row | undefined): Written => ({
  ...applied(integer(row, 'scored'), (row?.['reasons'] ?? {}) as Reasons),
  touched: (row?.['touched'] ?? []) as string[],
});

const countOf = (reasons: Reasons): number => Object.values(reasons).reduce((sum, n) => sum + n, 0);

const applied = (scored: number, reasons: Reasons): Applied => ({ scored, rejected: countOf(reasons), reasons });

const NOTHING: Applied = applied(0, {});

function together(a: Applied, b: Applied): Applied {
  const codes = new Set([...Object.keys(a.reasons), ...Object.keys(b.reasons)]);
  const reasons = [...codes].map((code) => [code, (a.reasons[code] ?? 0) + (b.reasons[code] ?? 0)] as const);
  return applied(a.scored + b.scored, Object.fromEntries(reasons));
}
