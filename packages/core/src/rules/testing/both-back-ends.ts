import type pg from 'pg';
import { decodeColumn, transportSql } from '../decode-column.ts';
import { KERNELS, type Kernels } from '../kernels.ts';
import { compile } from '../parse-rule-set.ts';
import type { RuleSet } from '../rule-set.ts';
import { type Form, NeedsStages } from '../sql-emitter.ts';
import { SQL_OPERATORS, type SqlOperators } from '../sql-operators.ts';
import { scorer } from '../to-function.ts';
import { scoreSql } from '../to-sql.ts';
import type { ArbitraryColumn } from './arbitrary-rows.ts';

/** A row's score, in a form that compares and prints. */
interface Scored {
  readonly milli: number | null;
  readonly fired: string;
  readonly reason: number;
  readonly ties: readonly (number | null)[];
}

export interface BothResults {
  readonly js: readonly Scored[];
  readonly sql: { readonly [form in Form]?: readonly Scored[] };
}

/** Scores the same rows in JavaScript, by columns as a pipeline ships them, and in Postgres, in each form of the SQL. */
export async function scoreInBoth(
  client: pg.ClientBase,
  ruleSet: RuleSet,
  columns: Readonly<Record<string, ArbitraryColumn>>,
  rowCount: number,
  kernels: Kernels = KERNELS,
  operators: SqlOperators = SQL_OPERATORS,
): Promise<BothResults> {
  const program = compile(ruleSet);
  const entries = Object.entries(columns);
  const sqlColumns = Object.fromEntries(
    entries.map(([name, { class: type, constant, type: pgType }], i) => [
      name,
      { sql: constant ? `'${text(entries[i]?.[1].values[0])}'::${pgType}` : `p.c${i}`, type },
    ]),
  );
  for (const [name, { constant, values, type }] of entries) {
    if (constant && values[0] == null)
      sqlColumns[name] = { sql: `null::${type}`, type: sqlColumns[name]?.type ?? 'int' };
  }
  const relation = `(select n${entries.map(([, { type }], i) => `, (v${i})::${type} as c${i}`).join('')} from unnest(${['$1::int4[]', ...entries.map((_, i) => `$${i + 2}::text[]`)].join(', ')}) as u(${['n', ...entries.map((_, i) => `v${i}`)].join(', ')}) offset 0) as p`;
  const rows = Array.from({ length: rowCount }, (_, i) => i);
  const values = [rows, ...entries.map(([, column]) => column.values)];

  const shipped = entries.map(
    ([name], i) => `, json_agg(${transportSql(sqlColumns[name] ?? { sql: 'null', type: 'int' })} order by n) as f${i}`,
  );
  const { rows: read } = await client.query(`select count(*)${shipped.join('')} from ${relation}`, values);
  const decoded = Object.fromEntries(
    entries.map(([name, column], i) => [
      name,
      (read[0][`f${i}`] as unknown[]).map((value) => decodeColumn(column.class, value)),
    ]),
  );
  const js = scorer(program, kernels).scoreColumns(decoded, rowCount);

  const sql: Partial<Record<Form, Scored[]>> = {};
  for (const form of ['flat', 'staged'] as const) {
    const compiled = attempt(() =>
      scoreSql(
        program,
        { from: relation, carry: { n: 'p.n' }, columns: sqlColumns, firstParameter: values.length + 1 },
        form,
        operators,
        2000,
      ),
    );
    if (compiled === undefined) continue;
    const result = await client.query(`${compiled.text} order by n`, [...values, ...compiled.values]);
    sql[form] = result.rows.map((row) => ({
      milli: row.milli,
      fired: String(row.fired),
      reason: row.reason,
      ties: program.tieBreak.map((_, i) => row[`tie_${i + 1}`]),
    }));
  }
  const scored = rows.map((i) => {
    const reason = js.reason[i] ?? 0;
    return {
      milli: reason === 0 ? (js.milli[i] ?? 0) : null,
      fired: String(js.fired[i]),
      reason,
      ties: js.ties.map((tie) => (reason === 0 ? (tie[i] ?? 0) : null)),
    };
  });
  return { js: scored, sql };
}

const text = (value: string | null | undefined): string => (value ?? '').replaceAll("'", "''");

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof NeedsStages) return undefined;
    throw error;
  }
}
