import { type PrizeTable, payPrizes } from '@scorekeep/core/boards';
import { ScorekeepError } from '../errors.ts';
import { type Row, type Sql, text } from '../postgres/sql.ts';

/** A prize as it is stored. */
export interface AwardedPrize {
  readonly subject: string;
  readonly rank: number;
  /** In the units of the pool. */
  readonly amount: bigint;
  readonly claimedAt: Date | null;
}

/** What {@link claimPrize} found. Only `claimed` is to be paid, and it is answered once. */
export type Claim =
  | { readonly state: 'claimed' | 'claimed-before'; readonly amount: bigint }
  | { readonly state: 'no-prize' };

/**
 * Pays a pool out over a closed window's archived ranking. The first call decides; another call, with whatever table, answers
 * what was awarded then.
 *
 * @throws ScorekeepError WINDOW_OPEN when the window is not closed, DEFINITION_INVALID for the table
 */
export async function awardPrizes(
  tx: Sql,
  schema: string,
  board: string,
  window: string,
  table: PrizeTable,
): Promise<AwardedPrize[]> {
  const { rowCount } = await tx.query(
    `select 1 from ${schema}.closed_window where board = $1 and window_key = $2 for update`,
    [board, window],
  );
  if (rowCount === 0) {
    const message = `Window "${window}" of the board "${board}" is not closed, so its ranking may still change. Award prizes in onClose, or after it.`;
    throw new ScorekeepError('WINDOW_OPEN', message, { board, window });
  }
  const before = await readPrizes(tx, schema, board, window);
  if (before.length > 0) return before;
  const { rows } = await tx.query(
    `select subject, rank::float8 as rank from ${schema}.archive where board = $1 and window_key = $2
       and (place <= $3 or rank = (select rank from ${schema}.archive where board = $1 and window_key = $2 and place = $3)) order by place`,
    [board, window, table.places?.length ?? 0],
  );
  const prizes = pay(rows, board, table);
  await tx.query(
    `insert into ${schema}.prize (board, window_key, subject, rank, amount)
     select $1, $2, * from unnest($3::text[], $4::numeric[], $5::bigint[])`,
    [
      board,
      window,
      prizes.map(({ subject }) => subject),
      prizes.map(({ rank }) => rank),
      prizes.map(({ amount }) => String(amount)),
    ],
  );
  return readPrizes(tx, schema, board, window);
}

/** The prizes of a window, best first. */
export async function readPrizes(sql: Sql, schema: string, board: string, window: string): Promise<AwardedPrize[]> {
  const { rows } = await sql.query(
    `select p.subject, p.rank, p.amount, p.claimed_at from ${schema}.prize p join ${schema}.archive a using (board, window_key, subject)
     where p.board = $1 and p.window_key = $2 order by a.place`,
    [board, window],
  );
  return rows.map((row) => ({
    subject: text(row, 'subject'),
    rank: Number(row['rank']),
    amount: BigInt(text(row, 'amount')),
    claimedAt: row['claimed_at'] as Date | null,
  }));
}

/** Marks a prize as claimed. What is done in the same transaction for `claimed` is done once. */
export async function claimPrize(
  tx: Sql,
  schema: string,
  board: string,
  window: string,
  subject: string,
): Promise<Claim> {
  const mine = `${schema}.prize where board = $1 and window_key = $2 and subject = $3`;
  const { rows } = await tx.query(
    `update ${mine.replace(' where', ' set claimed_at = clock_timestamp() where')} and claimed_at is null returning amount`,
    [board, window, subject],
  );
  if (rows[0] !== undefined) return { state: 'claimed', amount: BigInt(text(rows[0], 'amount')) };
  const there = await tx.query(`select amount from ${mine}`, [board, window, subject]);
  if (there.rows[0] === undefined) return { state: 'no-prize' };
  return { state: 'claimed-before', amount: BigInt(text(there.rows[0], 'amount')) };
}

function pay(rows: readonly Row[], board: string, table: PrizeTable): ReturnType<typeof payPrizes>['prizes'] {
  const entries = rows.map((row) => ({ subject: text(row, 'subject'), rank: Number(row['rank']) }));
  try {
    if (table.pool > BIGINT_MAX) throw new RangeError(`pool must be at most ${BIGINT_MAX}, got ${table.pool}`);
    return payPrizes(entries, table).prizes;
  } catch (cause) {
    const message = `The prize table of the board "${board}": ${(cause as Error).message}`;
    throw new ScorekeepError('DEFINITION_INVALID', message, { board }, { cause });
  }
}

const BIGINT_MAX = 9_223_372_036_854_775_807n;
