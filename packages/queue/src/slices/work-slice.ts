import type pg from 'pg';
import { enclose, publish } from '../facts.ts';
import { asksTooMuch, classifyError, codeOf, type Verdict } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import type { Sql } from '../postgres/sql.ts';
import { BEGIN, transaction } from '../postgres/transaction.ts';
import { advance, parkNext } from './advance.ts';
import { alsoCorrect, type Begun, begin, limitStep, release } from './begin.ts';
import type { Fold } from './fold.ts';
import { strikeAlone } from './strike-alone.ts';

/** What working a slice needs. */
export interface SliceWork {
  readonly pool: pg.Pool;
  readonly schema: string;
  /** The fold of a projection; undefined when this process does not serve it. */
  readonly foldOf: (projection: number) => Fold | undefined;
  /** Name and version of a projection, for the facts. */
  readonly labelOf: (projection: number) => string;
  /** The projections that this process serves. */
  readonly projections: () => readonly number[];
  /** Settles the slice's job in the transaction of its last step. */
  readonly onDone: (tx: Sql, slice: string, projection: number) => Promise<void>;
  /** Called when the last open slice of a run is done. */
  readonly onRunOver: (run: string) => Promise<void>;
  /** Aborted when the process is to stop: the step under way is finished, no other is begun. */
  readonly stopping: AbortSignal;
}

/**
 * Works a slice from its checkpoint to its end, step by step, unless it is done, held by another, or the process stops.
 * Never throws for what goes wrong in the work: a slice that cannot go on now is given back with the reason.
 *
 * @param flushed false where the start need not be waited for to reach the disk: the first of a slice, whose loss is noticed by the next
 */
export async function workSlice(
  work: SliceWork,
  slice: string,
  { flushed = true }: { flushed?: boolean } = {},
): Promise<void> {
  const begun = await begin(work.pool, work.schema, slice, work.projections(), { flushed });
  const fold = begun === undefined ? undefined : work.foldOf(begun.projection);
  if (begun === undefined || fold === undefined) return;
  const { run, projection, start, crashes, waitedSeconds, carrier } = begun;
  const label = work.labelOf(projection);
  const fact = { slice, run, projection, label, start, crashes, waitedSeconds, carrier };
  await enclose('slice.started', fact, () => workBegun(work, begun, fold));
}

async function workBegun(work: SliceWork, begun: Begun, fold: Fold): Promise<void> {
  const { slice } = begun.claim;
  let { step } = begun;
  let conflicts = 0;
  let conflicted = false;
  if (begun.crashes > 0) {
    publish('slice.recovered', { slice, run: begun.run, crashes: begun.crashes });
    const narrowed = await narrow(work, begun, fold, step);
    if (narrowed === undefined) return;
    step = narrowed;
  }
  while (!work.stopping.aborted) {
    try {
      const started = performance.now();
      const result = await transaction(
        work.pool,
        (tx) => advance(tx, work.schema, { ...begun.claim, conflicted }, fold, work.onDone),
        BEGIN_STEP,
      );
      if (result.state === 'lost') return;
      const { run, applied, state, writtenAt, ageSeconds } = result;
      const done = state === 'done';
      const milliseconds = performance.now() - started;
      const workedSeconds = writtenAt - begun.begunAt;
      publish('slice.committed', { slice, run, ...applied, done, milliseconds, workedSeconds, ageSeconds });
      if (result.runIsOver) await work.onRunOver(run);
      if (done) return;
    } catch (error) {
      const code = codeOf(error);
      if (code === UNIQUE_VIOLATION) conflicts++;
      // Others were first, and the next try finds their items done; again and again, the key itself is not unique.
      const verdict = conflicts > CONFLICTS_MAX && code === UNIQUE_VIOLATION ? 'data' : classifyError(error);
      if (code === UNIQUE_VIOLATION && !conflicted) {
        conflicted = true;
        if (fold.corrects) await alsoCorrect(work.pool, work.schema, begun.run);
      }
      publish('slice.failed', { slice, run: begun.run, verdict, code });
      if (verdict === 'data' || asksTooMuch(code)) {
        const narrowed = await narrow(work, begun, fold, step, code);
        if (narrowed === undefined) return;
        step = narrowed;
      } else if (code !== UNIQUE_VIOLATION) {
        await giveUpFor(work, begun, verdict, code);
        return;
      }
    }
  }
  await release(work.pool, work.schema, begun.claim, { inMs: 0, error: null });
}

/**
 * A step is not waited for to reach the disk. Should Postgres lose it, its scores, its checkpoint and the settlement of its job are
 * lost together, and it is done again; whatever commits after it and does wait, as the end of the run does, has flushed it too.
 */
const BEGIN_STEP = `${BEGIN}; set local synchronous_commit = off`;

const UNIQUE_VIOLATION = '23505';
/** How often a slice may meet other runs on its items without a step of its own between. */
const CONFLICTS_MAX = 3;
/** The next try of a slice whose statement or connection failed through no fault of its own. */
const RETRY_MS = 100;
/** The next try of an item that asked too much though it stood alone: the moment may be a long one. */
const TOO_MUCH_MS = 1_000;
/** The next try of a slice that no retry helps until somebody mends the schema, the rights or the program. */
const BROKEN_MS = 5_000;

/** Gives a slice back for a while: soon where the moment was wrong, later and with its code where something has to be mended. */
async function giveUpFor(work: SliceWork, begun: Begun, verdict: Verdict, code: string): Promise<void> {
  const isOfTheMoment = verdict === 'retry' && !asksTooMuch(code);
  await release(work.pool, work.schema, begun.claim, {
    inMs: isOfTheMoment ? RETRY_MS : verdict === 'retry' ? TOO_MUCH_MS : BROKEN_MS,
    error: isOfTheMoment ? null : code,
  });
}

/**
 * Halves the step around a failure; a failure of one item alone parks it. Answers the step to go on with; undefined when not even that
 * could be done, such as by a constraint on the key of the scores: then the slice waits until somebody mends it.
 *
 * @param code with which the step failed, unless its process died; one item that asked too much alone is tried again before it is parked
 */
async function narrow(
  work: SliceWork,
  begun: Begun,
  fold: Fold,
  step: number,
  code?: string,
): Promise<number | undefined> {
  try {
    if (code !== undefined && asksTooMuch(code) && step === 1 && !(await isTooMuchAlone(work, begun))) {
      await giveUpFor(work, begun, 'retry', code);
      return undefined;
    }
    return await narrowDown(work, begun, fold, step);
  } catch (error) {
    const failed = { verdict: classifyError(error), code: codeOf(error) };
    publish('slice.failed', { slice: begun.claim.slice, run: begun.run, ...failed });
    await giveUpFor(work, begun, failed.verdict, failed.code);
    return undefined;
  }
}

/** Whether the item behind the checkpoint has asked too much alone so often that it is to be parked. */
async function isTooMuchAlone(work: SliceWork, { claim: { slice } }: Begun): Promise<boolean> {
  const { rows } = await work.pool.query(`select at from ${quote(work.schema)}.slice where id = $1`, [slice]);
  return strikeAlone(work, JSON.stringify([slice, rows[0]?.at]));
}

async function narrowDown(work: SliceWork, begun: Begun, fold: Fold, step: number): Promise<number> {
  if (step > 1) {
    const half = Math.floor(step / 2);
    await limitStep(work.pool, work.schema, begun.claim, half);
    return half;
  }
  const parked = await transaction(work.pool, (tx) => parkNext(tx, work.schema, begun.claim, fold));
  if (parked > 0) publish('item.parked', { slice: begun.claim.slice, run: begun.run, projection: begun.projection });
  return begun.step;
}
