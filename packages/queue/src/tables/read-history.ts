import { integer, type Sql } from '../postgres/sql.ts';
import { readHistory, type Target } from './item-statements.ts';

/** A score that a correction has replaced. */
export interface PastScore {
  /** The revision of the result that it came from. */
  readonly revision: number;
  /** Null when the item was rejected. */
  readonly points: number | null;
  readonly replacedAt: Date;
}

/** The scores of an item that corrections have replaced, oldest first. */
export async function pastScores(sql: Sql, target: Target, key: readonly string[]): Promise<PastScore[]> {
  const statement = readHistory(target, key);
  const { rows } = await sql.query(statement.text, statement.values);
  return rows.map((row) => ({
    revision: integer(row, 'revision'),
    points: row['milli'] === null ? null : integer(row, 'milli') / 1000,
    replacedAt: row['replaced_at'] as Date,
  }));
}
