import type { Carrier } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql, text } from '../postgres/sql.ts';
import type { Claim } from './advance.ts';

/** A slice just begun. `crashes` above 0 says that whoever had it before died or fell silent in the middle of a step. */
export interface Begun {
  readonly claim: Claim;
  readonly run: string;
  readonly projection: number;
  readonly crashes: number;
  /** Which of its starts this is, from 1. */
  readonly start: number;
  /** When it was begun, in seconds of the database's clock, and for how long it has been there. */
  readonly begunAt: number;
  readonly waitedSeconds: number;
  /** What a subscriber stored with the run, see `Carries`. */
  readonly carrier: Carrier | null;
  /** How many items its next step may take: where halving begins, should the step fail. */
  readonly step: number;
}

/**
 * Takes a slice in hand, in a commit of its own, so that the mark outlives us: a start without a settlement is a crash.
 *
 * @param projections those that the caller serves; a slice of another is left alone
 * @param flushed whether the mark is to outlive Postgres too, as it must where an item may end every connection that touches it
 * @returns undefined when the slice is done, somebody else has it, or its run is paused or over
 */
export async function begin(
  sql: Sql,
  schema: string,
  slice: string,
  projections: readonly number[],
  { flushed }: { flushed: boolean },
): Promise<Begun | undefined> {
  const { rows } = await sql.query(
    `with picked as (
       select s.id from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run
       where s.id = $1 and s.done_at is null and r.paused_at is null and r.finished_at is null and r.projection = any ($3)
         and (s.starts = 0 or s.touched_at < clock_timestamp() - $2 * interval '1 millisecond')
       for update of s skip locked
     )
     update ${quote(schema)}.slice s set starts = s.starts + 1, touched_at = clock_timestamp(), began_at = coalesce(s.began_at, clock_timestamp())
     from picked, ${quote(schema)}.run r where s.id = picked.id and r.id = s.run
     returning s.run, r.projection, s.starts, s.starts - s.settled - 1 as crashes, s.step, s.expected, r.trace_context,
       extract(epoch from s.touched_at)::float8 as begun_at, extract(epoch from s.touched_at - s.created_at)::float8 as waited${flushed ? '' : `, ${UNFLUSHED}`}`,
    [slice, QUIET_MS, projections],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const step = row['step'] === null ? null : integer(row, 'step');
  return {
    claim: { slice, start: integer(row, 'starts') },
    run: text(row, 'run'),
    projection: integer(row, 'projection'),
    crashes: integer(row, 'crashes'),
    start: integer(row, 'starts'),
    begunAt: Number(row['begun_at']),
    waitedSeconds: Number(row['waited']),
    carrier: row['trace_context'] as Carrier | null,
    step: step ?? Math.max(integer(row, 'expected'), STEP_AFTER_CRASH_MIN),
  };
}

/**
 * For a mark that has to outlive a process, but need not outlive Postgres itself: the statement does not wait until the disk has it, and
 * with it all that other workers wrote before.
 */
export const UNFLUSHED = `set_config('synchronous_commit', 'off', true)`;

/** A slice that moved neither its mark nor holds its lock for this long has lost its worker. */
export const QUIET_MS = 250;

/** Where halving begins when the slice was cut small; below it one crash says little about any single item. */
const STEP_AFTER_CRASH_MIN = 1024;

/** Limits the next steps of a slice to `step` items, or gives it back, unharmed, with `settled`. */
export async function limitStep(sql: Sql, schema: string, claim: Claim, step: number): Promise<void> {
  await sql.query(
    `update ${quote(schema)}.slice set step = $3, settled = starts - 1, touched_at = clock_timestamp() where id = $1 and starts = $2`,
    [claim.slice, claim.start, step],
  );
}

/**
 * Has a run look for corrections from now on: another has scored an item that this one took for unscored, perhaps from a result
 * that was corrected since.
 */
export async function alsoCorrect(sql: Sql, schema: string, run: string): Promise<void> {
  await sql.query(`update ${quote(schema)}.run set corrects = true where id = $1 and not corrects`, [run]);
}

/**
 * Records that a start ended in an error rather than a crash, and from when on anybody may begin the slice again.
 *
 * @param error what to show in the status; null when the slice is not to blame
 */
export async function release(
  sql: Sql,
  schema: string,
  claim: Claim,
  { inMs, error }: { inMs: number; error: string | null },
): Promise<void> {
  await sql.query(
    `update ${quote(schema)}.slice set settled = starts, error = $3, touched_at = clock_timestamp() + ($4::int - $5::int) * interval '1 millisecond'
     where id = $1 and starts = $2 and done_at is null`,
    [claim.slice, claim.start, error, inMs, QUIET_MS],
  );
}
