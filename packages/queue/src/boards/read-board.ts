import { type RankStart, rankOrdered } from '@scorekeep/core/boards';
import { isNoValue } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text } from '../postgres/sql.ts';
import { standingTable } from '../projections/register.ts';
import type { Board } from './board.ts';

/** One line of a board. */
export interface Entry {
  readonly rank: number;
  /** The subject's column as text. */
  readonly subject: string;
  /** In points: 4 where the score rows hold 4000 milli-points. */
  readonly points: number;
  /** The tie-breaks by their id. */
  readonly ties: Readonly<Record<string, number>>;
  /** How many items the points come from. */
  readonly scored: number;
}

/** The first `limit` lines of a board. */
export async function readTop(sql: Sql, schema: string, board: Board, limit: number): Promise<Entry[]> {
  const { rows } = await sql.query(
    `select ${columnsOf(board)} from ${tableOf(schema, board)} order by ${order(board)} limit $1`,
    [limit],
  );
  return ranked(board, rows, { better: 0, betterDistinct: 0 });
}

/**
 * A subject's line with the lines just above and below it; empty when the subject is not on the board.
 *
 * @param subjectType the type of the subject's column, as Postgres writes it
 */
export async function readAround(
  sql: Sql,
  schema: string,
  board: Board,
  subjectType: string,
  subject: string,
  { above, below }: { above: number; below: number },
): Promise<Entry[]> {
  const table = tableOf(schema, board);
  const mine = await sql
    .query(`select ${columnsOf(board)} from ${table} where subject = $1::${subjectType}`, [subject])
    // What is no value of the subject's type is nobody's subject.
    .catch((error: unknown) => {
      if (!isNoValue(error)) throw error;
      return { rows: [] as Row[] };
    });
  const me = mine.rows[0];
  if (me === undefined) return [];
  const values = [...sortColumns(board).map(({ column }) => me[column]), me['subject']];
  const near = (side: 'above' | 'below', limit: number): Promise<{ rows: Row[] }> =>
    sql.query(
      `select ${columnsOf(board)} from ${table} where ${beyond(board, side, subjectType)} order by ${order(board, side === 'above')} limit ${limit}`,
      values,
    );
  const [before, after] = [await near('above', above), await near('below', below)];
  const rows = [...before.rows.reverse(), me, ...after.rows];
  const names = sortColumns(board).map(({ column }) => column);
  const same = names.map((name, i) => `${name} = $${i + 1}::bigint`).join(' and ');
  const { rows: counted } = await sql.query(
    `select count(*) as better, count(distinct (${names.join(', ')})) as better_distinct,
       (select count(*) from ${table} where ${same} and subject < $${names.length + 1}::${subjectType}) as equals_before
     from ${table} where ${beyond(board, 'above')}`,
    [...names.map((name) => rows[0]?.[name]), rows[0]?.['subject']],
  );
  const equals = integer(counted[0], 'equals_before');
  return ranked(board, rows, {
    better: integer(counted[0], 'better'),
    betterDistinct: integer(counted[0], 'better_distinct'),
    equalBefore: equals,
  });
}

function ranked(board: Board, rows: readonly Row[], start: RankStart): Entry[] {
  const ranks = rankOrdered(rows, (a, b) => equal(board, a, b), board.rank, start);
  return rows.map((row, i) => ({
    rank: ranks[i] ?? 0,
    subject: text(row, 'subject'),
    points: integer(row, 'total') / 1000,
    ties: Object.fromEntries(board.ties.map((tie) => [tie.id, integer(row, tie.column)])),
    scored: integer(row, 'scored'),
  }));
}

const sortColumns = (board: Board): { column: string; order: 'asc' | 'desc' }[] => [
  { column: 'total', order: 'desc' },
  ...board.ties,
];

const equal = (board: Board, a: Row, b: Row): boolean =>
  sortColumns(board).every(({ column }) => a[column] === b[column]);

const tableOf = (schema: string, board: Board): string => `${quote(schema)}.${quote(standingTable(board.name))}`;

const columnsOf = (board: Board): string =>
  ['subject::text as subject', 'scored', ...sortColumns(board).map(({ column }) => column)].join(', ');

function order(board: Board, backwards = false): string {
  const turned = { asc: backwards ? 'desc' : 'asc', desc: backwards ? 'asc' : 'desc' } as const;
  const table = quote(standingTable(board.name));
  const columns = sortColumns(board).map(({ column, order: direction }) => `${column} ${turned[direction]}`);
  return [...columns, `${table}.subject ${turned.asc}`].join(', ');
}

/** The lines above or below given values, as one condition per column that can decide, so that the index serves each. */
function beyond(board: Board, side: 'above' | 'below', subjectType?: string): string {
  const table = quote(standingTable(board.name));
  const columns: { column: string; order: 'asc' | 'desc' }[] = [
    ...sortColumns(board),
    ...(subjectType === undefined ? [] : [{ column: `${table}.subject`, order: 'asc' as const }]),
  ];
  const cast = (i: number): string =>
    `$${i + 1}::${columns[i]?.column === `${table}.subject` ? subjectType : 'bigint'}`;
  const alternatives = columns.map(({ column, order: direction }, i) => {
    const same = columns.slice(0, i).map((before, j) => `${before.column} = ${cast(j)}`);
    const operator = (direction === 'desc') === (side === 'above') ? '>' : '<';
    return `(${[...same, `${column} ${operator} ${cast(i)}`].join(' and ')})`;
  });
  return `(${alternatives.join(' or ')})`;
}
