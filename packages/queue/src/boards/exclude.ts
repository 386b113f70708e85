import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { moveHistogram } from './histogram.ts';
import { type Standing, windowOf } from './stored-board.ts';

/** Who takes a subject off a board, or puts it back, and why. Kept for good. */
export interface ExclusionOptions {
  /** Who decides, as the host names people. 1 to 200 characters. */
  readonly by: string;
  /** 1 to 1000 characters. */
  readonly reason: string;
}

/** A line of the audit of {@link ExclusionOptions}. */
export interface Exclusion {
  readonly subject: string;
  readonly reason: string;
  readonly excludedBy: string;
  readonly excludedAt: Date;
  readonly readmittedBy: string | null;
  readonly readmittedAt: Date | null;
}

/**
 * Takes a subject off a board, in all its windows: the others move up at once, its scores stay and go on being kept up.
 *
 * @param tx a transaction that holds the projection's lock, so that no slice writes meanwhile
 * @returns false when it was off already
 */
export async function excludeSubject(
  tx: Sql,
  standing: Standing,
  subjectType: string,
  subject: string,
  { by, reason }: ExclusionOptions,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into ${standing.schema}.exclusion (board, subject, reason, excluded_by) values ($1, ($2::${subjectType})::text, $3, $4) on conflict do nothing`,
    [standing.name, subject, reason, by],
  );
  if (rowCount === 0) return false;
  await mark(tx, standing, subjectType, subject, true);
  return true;
}

/** Puts a subject back; false when it was not off. */
export async function readmitSubject(
  tx: Sql,
  standing: Standing,
  subjectType: string,
  subject: string,
  by: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ${standing.schema}.exclusion set readmitted_by = $3, readmitted_at = clock_timestamp() where board = $1 and subject = ($2::${subjectType})::text and readmitted_at is null`,
    [standing.name, subject, by],
  );
  if (rowCount === 0) return false;
  await mark(tx, standing, subjectType, subject, false);
  return true;
}

/** The exclusions of a board, past ones too, newest first. */
export async function readExclusions(sql: Sql, schema: string, board: string, limit: number): Promise<Exclusion[]> {
  const { rows } = await sql.query(
    `select * from ${schema}.exclusion where board = $1 order by id desc limit ${integer({ limit }, 'limit')}`,
    [board],
  );
  return rows.map((row: Row) => ({
    subject: text(row, 'subject'),
    reason: text(row, 'reason'),
    excludedBy: text(row, 'excluded_by'),
    excludedAt: row['excluded_at'] as Date,
    readmittedBy: textOrNull(row, 'readmitted_by'),
    readmittedAt: row['readmitted_at'] as Date | null,
  }));
}

function mark(tx: Sql, standing: Standing, subjectType: string, subject: string, excluded: boolean): Promise<unknown> {
  const { table, definition, id } = standing;
  const moves = `select ${windowOf(definition, 'b')} as window_key, b.place, ${excluded ? -1 : 1} as n from marked b where b.scored > 0`;
  return tx.query(
    `with marked as (
       update ${table} set excluded = ${excluded} where subject = $1::${subjectType} and excluded = ${!excluded} returning *
     )${moveHistogram(standing, moves, String(id))} select 1`,
    [subject],
  );
}
