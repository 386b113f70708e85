import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { isKey } from '../jobs/enqueue.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';

/** Who did what, to what, and what came of it. */
export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly request: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An act to be audited. */
export interface Act {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** The idempotency key: an act that was done under it is not done again. */
  readonly request?: string | undefined;
}

/**
 * Does something and writes it down in one transaction: neither is ever without the other. Under a `request` that was used
 * before, nothing is done and what came of it then is answered.
 *
 * @throws ScorekeepError REQUEST_TAKEN when it was used for something else: that answer would say that this is done
 */
export function audited<T extends Readonly<Record<string, unknown>>>(
  pool: pg.Pool,
  schema: string,
  { actor, action, target, request = undefined }: Act,
  work: (tx: Sql) => Promise<T>,
): Promise<T> {
  for (const [name, value] of Object.entries({ actor, request })) {
    if (value === undefined || isKey(value)) continue;
    throw new ScorekeepError('DEFINITION_INVALID', `${name} must be 1 to 255 well-formed characters`);
  }
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query(
      `insert into ${quote(schema)}.audit (actor, action, target, request, detail) values ($1, $2, $3, $4, '{}') on conflict (request) do nothing returning id`,
      [actor, action, target, request ?? null],
    );
    if (rows[0] === undefined) {
      const earlier = await tx.query(
        `select detail, action = $2 and target = $3 as same from ${quote(schema)}.audit where request = $1`,
        [request, action, target],
      );
      if (earlier.rows[0]?.['same'] === true) return earlier.rows[0]['detail'] as T;
      throw new ScorekeepError(
        'REQUEST_TAKEN',
        `The request key of this ${action} was used for another act. Give each its own.`,
        { request, action, target },
      );
    }
    const result = await work(tx);
    await tx.query(`update ${quote(schema)}.audit set detail = $2 where id = $1`, [rows[0]['id'], result]);
    return result;
  });
}

/** The latest entries first. */
export async function readAudit(sql: Sql, schema: string, limit: number): Promise<AuditEntry[]> {
  const { rows } = await sql.query(`select * from ${quote(schema)}.audit order by id desc limit $1`, [limit]);
  return rows.map(parseEntry);
}

const parseEntry = (row: Row): AuditEntry => ({
  id: integer(row, 'id'),
  at: row['at'] as Date,
  actor: text(row, 'actor'),
  action: text(row, 'action'),
  target: text(row, 'target'),
  request: textOrNull(row, 'request'),
  detail: row['detail'] as Record<string, unknown>,
});
