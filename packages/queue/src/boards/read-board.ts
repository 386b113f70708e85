import { rankOrdered } from '@scorekeep/core/boards';
import { isNoValue } from '../postgres/classify-error.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { textsOf } from '../postgres/text-array.ts';
import type { BoardRank } from './board.ts';
import { type Counts, countsSql, rankOf, readCounts } from './rank-counts.ts';
import { keyColumns, listed, type Standing, type StoredBoard, shownColumns, sortColumns } from './stored-board.ts';

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

/** What a board is read by. */
export interface Reading {
  readonly standing: Standing;
  readonly rank: BoardRank;
  /** The type of the subject's column, as Postgres writes it. */
  readonly subjectType: string;
  /** The key of the window to read; of no meaning on a board without windows. */
  readonly window: string;
}

/** The first `limit` lines of a board, or the first after a subject's; none when that one is not on the board. */
export async function readTop(sql: Sql, reading: Reading, limit: number, after?: string): Promise<Entry[]> {
  if (after !== undefined) {
    const [me] = await readLines(sql, reading, [after]);
    return me === undefined ? [] : number(sql, reading, await near(sql, reading, me, 'below', limit));
  }
  const { standing, window } = reading;
  const text = once(standing, `top ${boundOf(limit)}`, () =>
    asArrays(
      reading,
      bounded(
        `select ${namesOf(standing.definition).join(', ')} from ${standing.table} b where ${inWindow(reading, 'b', '$2')}${onBoard(standing, 'b')} order by ${order(standing)}`,
        limit,
        '$1',
      ),
    ),
  );
  const { rows } = await sql.query(text, [limit, ...(windowed(reading) ? [window] : [])]);
  return number(sql, reading, fromArrays(standing, rows[0]), {
    better: 0,
    equals: 0,
    equalsBefore: 0,
    betterDistinct: 0,
  });
}

/** A subject's line with the lines just above and below it; empty when the subject is not on the board. */
export async function readAround(
  sql: Sql,
  reading: Reading,
  subject: string,
  { above, below }: { above: number; below: number },
): Promise<Entry[]> {
  const [me] = await readLines(sql, reading, [subject]);
  if (me === undefined) return [];
  const before = await near(sql, reading, me, 'above', above);
  const after = await near(sql, reading, me, 'below', below);
  return number(sql, reading, [...before.reverse(), me, ...after]);
}

/** The lines of these subjects, in the order of the board; who is not on it is left out. */
export async function readSubjects(sql: Sql, reading: Reading, subjects: readonly string[]): Promise<Entry[]> {
  const { standing, rank, window } = reading;
  const who = oneOf(reading, subjects);
  const text = once(standing, `ranks ${rank} ${who.condition}`, () => {
    const { joins, columns } = countsSql(standing, rank, false);
    return `select ${columnsOf(standing)}, ${columns} from ${standing.table} me ${joins}
     where ${inWindow(reading, 'me', '$2')}${who.condition} and ${onBoard(standing, 'me')}${subjects.length === 1 ? '' : ` order by ${order(standing, false, 'me')}`}`;
  });
  const rows = await queried(sql, text, [who.value, ...(windowed(reading) ? [window] : [])]);
  return rows.map((row) => entry(standing, row, rankOf(rank, readCounts(row))));
}

/** Gives lines that stand together their ranks. */
async function number(sql: Sql, reading: Reading, rows: readonly Row[], known?: Counts): Promise<Entry[]> {
  const { standing, rank } = reading;
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) return [];
  const start = known ?? (await countsOf(sql, reading, first));
  const equal = equality(standing);
  const ranks = rankOrdered(rows, equal, rank, {
    better: start.better,
    betterDistinct: start.betterDistinct,
    equalBefore: start.equalsBefore,
  });
  // These count equals, and those of the last line may go on behind it.
  const end = rank === '1334' || rank === 'fractional' ? rankOf(rank, await countsOf(sql, reading, last)) : undefined;
  return rows.map((row, i) => entry(standing, row, end !== undefined && equal(row, last) ? end : (ranks[i] ?? 0)));
}

async function countsOf(sql: Sql, reading: Reading, row: Row): Promise<Counts> {
  const [counted] = await readLines(sql, reading, [text(row, 'subject')], true);
  // Between two statements the entrant may have left; the lines are then as old as the first of them.
  return counted === undefined ? { better: 0, equals: 1, equalsBefore: 0, betterDistinct: 0 } : readCounts(counted);
}

function readLines(sql: Sql, reading: Reading, subjects: readonly string[], counted = false): Promise<Row[]> {
  const { standing, rank, window } = reading;
  const who = oneOf(reading, subjects);
  const { joins, columns } = counted ? countsSql(standing, rank, true) : { joins: '', columns: '' };
  return queried(
    sql,
    `select ${columnsOf(standing)}${counted ? `, ${columns}` : ''} from ${standing.table} me ${joins}
     where ${inWindow(reading, 'me', '$2')}${who.condition} and ${onBoard(standing, 'me')}`,
    [who.value, ...(windowed(reading) ? [window] : [])],
  );
}

/** The lines next to one, nearest first: one branch for each column that can decide, each a piece of the index. */
async function near(sql: Sql, reading: Reading, me: Row, side: 'above' | 'below', limit: number): Promise<Row[]> {
  if (limit === 0) return [];
  const { standing, subjectType } = reading;
  const backwards = side === 'above';
  const names = namesOf(standing.definition).join(', ');
  const columns = [...sortColumns(standing.definition), { column: 'subject', order: 'asc' as const }];
  const cast = (i: number): string => `$${i + 1}::${columns[i]?.column === 'subject' ? subjectType : 'bigint'}`;
  const most = `$${columns.length + 1}`;
  const branches = columns.map(({ column, order: direction }, i) => {
    const same = columns.slice(0, i).map((one, j) => `b.${one.column} = ${cast(j)} and `);
    const operator = (direction === 'desc') === backwards ? '>' : '<';
    const window = inWindow(reading, 'b', `$${columns.length + 2}`);
    const branch = `select ${names} from ${standing.table} b where ${window}${same.join('')}b.${column} ${operator} ${cast(i)} and ${onBoard(standing, 'b')} order by ${order(standing, backwards)}`;
    return `(${bounded(branch, limit, most)})`;
  });
  const nearest = `select ${names} from (${branches.join(' union all ')}) b order by ${order(standing, backwards)} limit ${most}::int`;
  const { rows } = await sql.query(asArrays(reading, nearest), [
    ...columns.map(({ column }) => me[column]),
    limit,
    ...(windowed(reading) ? [reading.window] : []),
  ]);
  return fromArrays(standing, rows[0]);
}

/**
 * The lines that a query finds, in its order, as one row with an array for each column: a client takes longer to read a hundred rows
 * than Postgres to find them.
 */
function asArrays({ standing, subjectType }: Reading, query: string): string {
  const value = (name: string): string => (name === 'subject' && !ALIKE.has(subjectType) ? 'subject::text' : name);
  const columns = namesOf(standing.definition).map((name) => `array_agg(${value(name)})::text as ${name}`);
  return `select ${columns.join(', ')} from (${query}) line`;
}

/** Types whose values are written in an array as they are alone, and need not be made texts one by one. */
const ALIKE = new Set(['smallint', 'integer', 'bigint', 'uuid', 'text']);

function fromArrays({ definition }: Standing, row: Row | undefined): Row[] {
  const columns = namesOf(definition).map((name) => ({ name, values: textsOf(textOrNull(row, name) ?? '{}') }));
  return (columns[0]?.values ?? []).map((_, i) => {
    const line: Row = {};
    for (const { name, values } of columns) line[name] = values[i];
    return line;
  });
}

/**
 * Postgres plans a prepared statement once only where it need not fear that a value it does not know makes the plan a bad one, and
 * planning a rank takes longer than finding it: so a subject alone is compared with one value, not with a list of any length.
 */
function oneOf({ subjectType }: Reading, subjects: readonly string[]): { condition: string; value: unknown } {
  if (subjects.length === 1) return { condition: `me.subject = $1::${subjectType}`, value: subjects[0] };
  return { condition: `me.subject = any ($1::${subjectType}[])`, value: subjects };
}

/** The first rows of a query. For the same reason as in {@link oneOf} a number says how many there are at most, see {@link boundOf}. */
const bounded = (query: string, limit: number, parameter: string): string =>
  `select * from (${query} limit ${boundOf(limit)}) bounded limit ${parameter}::int`;

const boundOf = (limit: number): number => 10 ** Math.ceil(Math.log10(Math.max(10, limit)));

/** The text of a statement, made once for a standing: they are long, and making one took a tenth of what reading a rank does. */
function once(standing: Standing, what: string, make: () => string): string {
  let known = texts.get(standing);
  if (known === undefined) {
    known = new Map();
    texts.set(standing, known);
  }
  let text = known.get(what);
  if (text === undefined) {
    text = make();
    known.set(what, text);
  }
  return text;
}

const texts = new WeakMap<Standing, Map<string, string>>();

/** What is no value of the subject's type is nobody's subject. */
async function queried(sql: Sql, statement: string, values: unknown[]): Promise<Row[]> {
  try {
    return (await sql.query(statement, values)).rows;
  } catch (error) {
    if (isNoValue(error)) return [];
    throw error;
  }
}

function entry({ definition }: Standing, row: Row, rank: number): Entry {
  return {
    rank,
    subject: text(row, 'subject'),
    points: integer(row, 'total') / 1000,
    ties: Object.fromEntries(definition.ties.map((tie) => [tie.id, integer(row, tie.column)])),
    scored: integer(row, 'scored'),
  };
}

function equality({ definition }: Standing): (a: Row, b: Row) => boolean {
  const columns = sortColumns(definition).map(({ column }) => column);
  return (a, b) => columns.every((column) => a[column] === b[column]);
}

/** A standing that is on the board, as long as the board is the one that was asked for and not switched since. */
const onBoard = ({ id, schema }: Standing, alias: string): string =>
  `${listed(alias)} and exists (select 1 from ${schema}.board where id = ${id})`;

const windowed = ({ standing }: Reading): boolean => keyColumns(standing.definition).includes('window_key');

const inWindow = (reading: Reading, alias: string, parameter: string): string =>
  windowed(reading) ? `${alias}.window_key = ${parameter}::text and ` : '';

/** A line alone, as texts like those in {@link asArrays}, whatever a host has the driver make of a bigint. */
const columnsOf = ({ definition }: Standing): string =>
  namesOf(definition)
    .map((name) => `me.${name}::text as ${name}`)
    .join(', ');

const namesOf = (definition: StoredBoard): string[] => ['subject', ...shownColumns(definition)];

function order({ definition }: Standing, backwards = false, alias = 'b'): string {
  const turned = { asc: backwards ? 'desc' : 'asc', desc: backwards ? 'asc' : 'desc' } as const;
  const columns = [...sortColumns(definition), { column: 'subject', order: 'asc' as const }];
  return columns.map(({ column, order: direction }) => `${alias}.${column} ${turned[direction]}`).join(', ');
}
