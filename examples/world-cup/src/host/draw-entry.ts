import type pg from 'pg';
import { DRAW_CONTEST_ID } from './load.ts';

/** The contest on the draw as it stands. */
export interface DrawState {
  readonly closesAt: Date;
  readonly open: boolean;
  readonly drawn: boolean;
}

/** Whether the contest takes entries, by the database's clock. */
export async function drawState(pool: pg.Pool): Promise<DrawState> {
  const { rows } = await pool.query<DrawState>(
    `select closes_at as "closesAt", clock_timestamp() < closes_at as open, group_of is not null as drawn
     from draw_contest where contest_id = $1`,
    [DRAW_CONTEST_ID],
  );
  const [state] = rows;
  if (state === undefined) throw new Error('The contest on the draw is missing from draw_contest.');
  return state;
}

/** Stores an entry, or puts it in the place of the one before. Undefined when the contest is closed. */
export async function saveDrawEntry(
  pool: pg.Pool,
  entrantId: string,
  picks: readonly number[],
): Promise<{ closesAt: Date; changed: boolean } | undefined> {
  await addEntrant(pool, entrantId);
  // The lock lets nobody close the contest between the look at the clock and the commit.
  const { rows } = await pool.query<{ closesAt: Date; changed: boolean }>(
    `insert into draw_entry (contest_id, entrant_id, picks, locked_at)
     select contest_id, $2, $3, closes_at from draw_contest where contest_id = $1 and clock_timestamp() < closes_at for share
     on conflict (contest_id, entrant_id) do update set picks = excluded.picks, locked_at = excluded.locked_at
     returning locked_at as "closesAt", xmax <> 0 as changed`,
    [DRAW_CONTEST_ID, entrantId, picks],
  );
  return rows[0];
}

/** Somebody's entry: team numbers, four for group A, then four for B, … */
export async function drawEntryOf(pool: pg.Pool, entrantId: string): Promise<readonly number[] | undefined> {
  const { rows } = await pool.query<{ picks: number[] }>(
    'select picks from draw_entry where contest_id = $1 and entrant_id = $2',
    [DRAW_CONTEST_ID, entrantId],
  );
  return rows[0]?.picks;
}

/** Closes the contest now, if it is open: no entry changes any more. */
export async function closeDraw(tx: pg.ClientBase): Promise<void> {
  const { rows } = await tx.query<{ at: Date }>(
    `update draw_contest set closes_at = clock_timestamp() where contest_id = $1 and clock_timestamp() < closes_at returning closes_at as at`,
    [DRAW_CONTEST_ID],
  );
  if (rows[0] === undefined) return;
  await tx.query('update draw_entry set locked_at = $2 where contest_id = $1 and locked_at > $2', [
    DRAW_CONTEST_ID,
    rows[0].at,
  ]);
}

/** Who predicts takes part. */
export async function addEntrant(pool: pg.Pool, entrantId: string): Promise<void> {
  await pool.query(
    `insert into entrant (entrant_id, display_name) values ($1, 'Anonymous') on conflict (entrant_id) do nothing`,
    [entrantId],
  );
}
