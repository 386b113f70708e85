import { ScorekeepError } from '../errors.ts';
import { classifyError } from '../postgres/classify-error.ts';
import { literal, quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { createTable, standingTable } from '../projections/register.ts';
import type { Target } from '../tables/item-statements.ts';
import type { Board } from './board.ts';
import { excludedSubjects } from './exclude.ts';
import { buildHistogram } from './histogram.ts';
import { rankSql } from './rank-sql.ts';
import { reduced } from './recompute.ts';
import {
  keyColumns,
  kindOf,
  listed,
  placeOf,
  placeSql,
  recomputes,
  type Standing,
  type Subject,
  shownColumns,
  sortColumns,
  totalSql,
  valueColumns,
  windowOf,
} from './stored-board.ts';

/** What a board stands on: a projection, and the scores that it is built from. */
export interface BoardSource {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly target: Pick<Target, 'table' | 'scores'>;
}

/** Creates a board's table with its indexes, histogram and view, and fills it from the scores there are. */
export async function createStandings(
  tx: Sql,
  schema: string,
  board: Board,
  standing: Standing,
  { label, target }: BoardSource,
): Promise<void> {
  const { definition, table } = standing;
  const { subject, key: itemKey } = target.table;
  const own = (name: string): string => name;
  const values = valueColumns(definition);
  const key = keyColumns(definition);
  // Each move writes the primary key anew, and a full page of it has to look for what is dead: with room it looks less often.
  await createTable(tx, schema, standingTable(board.name), [
    `subject ${subject.type}${subject.collate} not null`,
    ...(definition.window === undefined ? [] : [`window_key text collate "C" not null`]),
    'scored bigint not null',
    ...values.map((name) => `${name} bigint not null`),
    ...(values.includes('total') ? [] : [`total bigint generated always as (${totalSql(definition, own)}) stored`]),
    ...(placeOf(definition) === 'total'
      ? []
      : [`place bigint generated always as (${placeSql(definition, own)}) stored`]),
    ...(definition.add === 'latest' ? ['at timestamptz'] : []),
    ...(kindOf(definition) === 'run' ? ['was bigint'] : []),
    'excluded boolean not null default false',
    `primary key (${key.join(', ')}) with (fillfactor = 60)`,
  ]);
  // Where subjects are computed again their scores are read, to which the primary key leads if the subject is a part of it. What a
  // correction moves by a difference needs no second index, which would cost each score a quarter of its writing.
  if (recomputes(definition, 'parked') && !itemKey.some(({ name }) => name === subject.name)) {
    await tx.query(
      `create index if not exists ${quote(`${label}_by_subject`)} on ${target.scores} (${quote(subject.name)})`,
    );
  }
  await fillStandings(tx, standing, target);
  const sorted = sortColumns(definition);
  const window = definition.window === undefined ? [] : ['window_key'];
  const order = [...window, ...sorted.map(({ column, order }) => `${column} ${order}`), 'subject'].join(', ');
  // With all that a line shows, so that the top of a quiet board is read from the index alone.
  const others = shownColumns(definition).filter((name) => !sorted.some(({ column }) => column === name));
  await tx.query(
    `create index on ${table} (${order}) include (${others.join(', ')}) where scored > 0 and not excluded`,
  );
  await createView(tx, schema, board, standing);
}

/** Fills a board's table, which is empty, and its histogram from the scores there are. */
export async function fillStandings(tx: Sql, standing: Standing, from: BoardSource['target']): Promise<void> {
  const { definition, table } = standing;
  const at = definition.add === 'latest' ? ['at'] : [];
  const key = keyColumns(definition).join(', ');
  const names = [key, 'scored', ...valueColumns(definition), ...at].join(', ');
  // A standing that moves finds room in its own page, which makes a batch of updates a tenth faster.
  await tx.query(`alter table ${table} set (fillfactor = 80)`);
  // Subjects that are written together should lie together: a batch is of neighbours, as slices are cut.
  const { rowCount } = await tx.query(
    `insert into ${table} (${names}) select ${names} from (${reduced(from, standing, 'where s.milli is not null')}) d order by ${key}`,
  );
  // Postgres cleans a page at each visit that finds less room in it than this leaves: pages that are full already are cleaned for
  // several moves at once.
  if (rowCount !== 0) await tx.query(`alter table ${table} set (fillfactor = 90)`);
  await markExcluded(tx, standing, from.table.subject);
  await buildHistogram(tx, standing);
}

/** @throws ScorekeepError DEFINITION_INVALID when the board, on another projection, took a subject off that this one cannot have */
async function markExcluded(tx: Sql, standing: Standing, subject: Subject): Promise<void> {
  const { name, table } = standing;
  const off = excludedSubjects(standing, subject);
  await tx.query(`update ${table} b set excluded = true from ${off} x where b.subject = x.subject`).catch((cause) => {
    if (classifyError(cause) !== 'data') throw cause;
    const message = `board("${name}"): somebody is off it who is no value of its subject's type, ${subject.type}. Readmit them before the board is switched.`;
    throw new ScorekeepError('DEFINITION_INVALID', message, { board: name, type: subject.type }, { cause });
  });
}

/** The view of a board for those who read with SQL. Its columns never change; other columns would be a v2 beside it. */
export const viewName = (board: string): string => `leaderboard_${board}_v1`;

async function createView(tx: Sql, schema: string, board: Board, standing: Standing): Promise<void> {
  const { definition, table } = standing;
  const ties = definition.ties.map(({ id, column }) => `${literal(id)}, b.${column}`).join(', ');
  await tx.query(
    `create view ${quote(schema)}.${quote(viewName(board.name))} as
     select ${windowOf(definition, 'b')}::text as window_key, ${rankSql(board.rank, definition, 'b')} as rank, b.subject, trim_scale(b.total / 1000.0) as points, b.scored, json_build_object(${ties}) as ties
     from ${table} b where ${listed('b')}`,
  );
}
