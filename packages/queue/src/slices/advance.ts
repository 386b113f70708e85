import { publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { alsoCorrect } from './begin.ts';
import type { Applied, Fold, Want, Window } from './fold.ts';

/** A slice in hand: its id, and the number of the start that gave it to us, which fences every step. */
export interface Claim {
  readonly slice: string;
  readonly start: number;
  /** A step met an item that was scored already, so that the slice is fresh no more. */
  readonly conflicted?: boolean;
}

/** What one step did. `lost` means that another worker has the slice now, and nothing was written. */
export type Step =
  | { readonly state: 'lost' }
  | {
      readonly state: 'more' | 'done';
      readonly run: string;
      readonly applied: Applied;
      readonly runIsOver: boolean;
      /** When the checkpoint was written, in seconds of the database's clock, and how old the slice was then. */
      readonly writtenAt: number;
      readonly ageSeconds: number;
    };

/**
 * One step of a slice in one transaction: lock it, read, fold, write, move the checkpoint. The effects and the
 * checkpoint commit together or not at all, which is all there is to exactly once; nothing else in this library
 * writes a score.
 *
 * @param tx an open transaction; the caller commits it
 * @param onDone called in the transaction of the last step, to settle the slice's job with it
 */
export async function advance(
  tx: Sql,
  schema: string,
  claim: Claim,
  fold: Fold,
  onDone: (tx: Sql, slice: string, projection: number) => Promise<void>,
): Promise<Step> {
  const slice = await lockSlice(tx, schema, claim);
  if (slice === undefined) return { state: 'lost' };
  const { wants, step, run } = slice;
  await fold.lock(tx);
  const end = step === null ? null : await fold.end(tx, wants, slice.window, step);
  const applied = await fold.apply(tx, wants, { ...slice.window, upTo: end });
  const done = end === null;
  const { rows } = await tx.query(
    `update ${quote(schema)}.slice set at = coalesce($2, at), scored = scored + $3, rejected = rejected + $4, error = null,
       reasons = case when $6::jsonb is null then reasons else (
         select jsonb_object_agg(code, n) from (
           select code, sum(n::bigint) as n from (select * from jsonb_each_text(reasons) union all select * from jsonb_each_text($6)) given (code, n) group by code
         ) added
       ) end,
       touched_at = clock_timestamp(), settled = case when $5 then starts else starts - 1 end,
       done_at = case when $5 then clock_timestamp() end
     where id = $1
     returning extract(epoch from touched_at)::float8 as written_at, extract(epoch from touched_at - created_at)::float8 as age`,
    [
      claim.slice,
      end,
      applied.scored,
      applied.rejected,
      done,
      applied.rejected === 0 ? null : JSON.stringify(applied.reasons),
    ],
  );
  const runIsOver = done && (await closeSlice(tx, schema, run));
  if (done) await onDone(tx, claim.slice, slice.projection);
  const { scored, rejected } = applied;
  publish('slice.written', { slice: claim.slice, run, scored, rejected, done });
  const [writtenAt, ageSeconds] = [Number(rows[0]?.['written_at']), Number(rows[0]?.['age'])];
  return { state: done ? 'done' : 'more', run, applied, runIsOver, writtenAt, ageSeconds };
}

/**
 * Puts the next item of a slice aside: it alone stands between the checkpoint and the end of a step of one, and the
 * step failed or ended its process.
 */
export async function parkNext(tx: Sql, schema: string, claim: Claim, fold: Fold): Promise<number> {
  // Only an item that is certainly unscored may be put aside.
  const slice = await lockSlice(tx, schema, { ...claim, conflicted: true });
  if (slice === undefined) return 0;
  const end = await fold.end(tx, slice.wants, slice.window, 1);
  const parked = end === null ? 0 : await fold.park(tx, slice.wants, { ...slice.window, upTo: end });
  // It goes past whatever others have scored meanwhile, perhaps from results that were corrected since.
  if (fold.corrects) await alsoCorrect(tx, schema, slice.run);
  await tx.query(
    `update ${quote(schema)}.slice set at = coalesce($2, at), parked = parked + $3, step = null, settled = starts - 1, touched_at = clock_timestamp()
     where id = $1`,
    [claim.slice, end, parked],
  );
  return parked;
}

interface LockedSlice {
  readonly run: string;
  readonly projection: number;
  readonly step: number | null;
  readonly wants: readonly Want[];
  readonly window: Window;
}

async function lockSlice(tx: Sql, schema: string, claim: Claim): Promise<LockedSlice | undefined> {
  const { rows } = await tx.query(
    `select s.run, s.lo, s.hi, s.at, s.step, s.fresh, r.projection, r.scope, r.corrects, r.retries from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run
     where s.id = $1 and s.starts = $2 and s.done_at is null and r.paused_at is null and r.finished_at is null for update of s skip locked`,
    [claim.slice, claim.start],
  );
  return rows[0] === undefined ? undefined : parseSlice(rows[0], claim);
}

function parseSlice(row: Row, { conflicted = false }: Claim): LockedSlice {
  const fresh = row['fresh'] === true && !conflicted;
  return {
    run: text(row, 'run'),
    projection: integer(row, 'projection'),
    step: row['step'] === null ? null : integer(row, 'step'),
    wants: [
      'new',
      // Where nothing was scored before there is nothing to correct: what is corrected meanwhile, the last look of the run finds.
      ...(row['corrects'] === true && !fresh ? ['stale' as const] : []),
      ...(row['retries'] === true ? ['parked' as const] : []),
    ],
    window: {
      lo: textOrNull(row, 'lo'),
      hi: textOrNull(row, 'hi'),
      after: row['at'] as string[] | null,
      upTo: null,
      scope: row['scope'] as Record<string, string>,
      fresh,
    },
  };
}

/** Whether this was the last open slice of its run. The row lock makes the count exact among slices that end together. */
async function closeSlice(tx: Sql, schema: string, run: string): Promise<boolean> {
  const { rows } = await tx.query(
    `update ${quote(schema)}.run set open_slices = open_slices - 1 where id = $1 returning open_slices`,
    [run],
  );
  return integer(rows[0], 'open_slices') === 0;
}
