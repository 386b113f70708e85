import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { moveHistogram } from './histogram.ts';
import { placeOf, type Standing, type Subject, windowOf } from './stored-board.ts';

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
  column: Subject,
  subject: string,
  { by, reason }: ExclusionOptions,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into ${standing.schema}.exclusion (board, subject, reason, excluded_by) select $1, ($2::${column.type})::text, $3, $4
     where not exists (select 1 from ${excludedSubjects(standing, column)} x where x.subject = $2::${column.type}) on conflict do nothing`,
    [standing.name, subject, reason, by],
  );
  if (rowCount === 0) return false;
  await mark(tx, standing, column, subject, true);
  return true;
}

/** Puts a subject back; false when it was not off. */
export async function readmitSubject(
  tx: Sql,
  standing: Standing,
  column: Subject,
  subject: string,
  by: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ${standing.schema}.exclusion e set readmitted_by = $2, readmitted_at = clock_timestamp()
     from ${excludedSubjects(standing, column)} x where e.id = x.id and x.subject = $1::${column.type}`,
    [subject, by],
  );
  if (rowCount === 0) return false;
  await mark(tx, standing, column, subject, false);
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

/**
 * Who is off a board, as a relation of `id` and `subject`: values of the subject's type, since two texts may be one of them.
 * OFFSET 0 keeps those of boards with subjects of another type from being read as such.
 */
export function excludedSubjects({ name, schema }: Standing, { type, collate }: Subject): string {
  const texts = `select id, subject from ${schema}.exclusion where board = '${name}' and readmitted_at is null offset 0`;
  return `(select id, subject::${type}${collate} as subject from (${texts}) text)`;
}

function mark(tx: Sql, standing: Standing, { type }: Subject, subject: string, excluded: boolean): Promise<unknown> {
  const { table, definition, id } = standing;
  const moves = `select ${windowOf(definition, 'b')} as window_key, b.${placeOf(definition)} as place, ${excluded ? -1 : 1} as n from marked b where b.scored > 0`;
  return tx.query(
    `with marked as (
       update ${table} set excluded = ${excluded} where subject = $1::${type} and excluded = ${!excluded} returning *
     )${moveHistogram(standing, moves, String(id))} select 1`,
    [subject],
  );
}
