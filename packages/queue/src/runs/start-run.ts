import { ScorekeepError } from '../errors.ts';
import { type Carrier, enclose, type Facts, storedCarrier } from '../facts.ts';
import { nearest, quote } from '../postgres/identifiers.ts';
import { newId } from '../postgres/new-id.ts';
import { type Sql, text } from '../postgres/sql.ts';
import type { Backend } from '../projections/projection.ts';
import { corrects, type Registered } from '../projections/register.ts';
import type { Fold, Want, Window } from '../slices/fold.ts';
import { PARKED } from '../tables/item-statements.ts';
import { cut, type Piece } from './cut.ts';
import { readHorizon, recordHorizon } from './horizon.ts';
import { assertInlineSize } from './run-inline.ts';

/** A run, as {@link startRun} answers it. */
export interface Run {
  readonly id: string;
  /** False when the scope was being run already, or had nothing left to score: the id is that run's. */
  readonly created: boolean;
}

/** Puts the jobs of new slices into their queue, in the same transaction. */
export type Dispatch = (tx: Sql, slices: readonly string[]) => Promise<void>;

/** How a run is cut and handed out. */
export interface StartRunOptions {
  /** Items per slice; undefined for what has lately taken about {@link TARGET_SECONDS}. */
  readonly batchSize: number | undefined;
  readonly dispatch: Dispatch;
  /** Most items, when the caller is going to work them itself. */
  readonly inlineLimit?: number | undefined;
}

/** The values of a scope as a host gives them. */
export type Scope = Readonly<Record<string, string | number | bigint | boolean>>;

/**
 * Starts to score what is unscored in a scope, or joins the run that already does. Called twice, or from two processes
 * at once, it starts one run; the loser of the race waits for the winner's transaction and then answers the same id.
 *
 * @param tx an open transaction; nothing is dispatched before it commits
 */
export async function startRun(
  tx: Sql,
  schema: string,
  registered: Registered,
  fold: Fold,
  given: Scope,
  { batchSize, dispatch, inlineLimit }: StartRunOptions,
): Promise<Run> {
  const scope = parseScope(registered, given);
  await assertValues(tx, registered, scope);
  const window: Window = { lo: null, hi: null, after: null, upTo: null, scope };
  for (;;) {
    if (inlineLimit !== undefined) await assertInlineSize(tx, fold, every(registered), window, inlineLimit);
    const running = await joinRun(tx, schema, registered, scope);
    if (running !== undefined) return { id: running, created: false };
    const { wants, nothing, fresh } = await wantsOf(tx, registered, fold, window);
    if (nothing) {
      const last = await lastRun(tx, schema, registered.id, scope);
      if (last !== undefined) return { id: last, created: false };
    }
    const id = newId();
    const sizeFor = batchSize === undefined ? await adaptedSize(tx, schema, registered) : () => batchSize;
    const pieces = await cut(tx, registered.target.table, scope, sizeFor);
    const fact: Facts['run.started'] = {
      run: id,
      projection: registered.id,
      label: registered.label,
      slices: pieces.length,
      expected: pieces.reduce((sum, piece) => sum + piece.expected, 0),
    };
    const created = await enclose('run.started', fact, async () => {
      const { rowCount } = await tx.query(
        `insert into ${quote(schema)}.run (id, projection, scope, corrects, retries, open_slices, trace_context) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (projection, scope) where finished_at is null do nothing`,
        [
          id,
          registered.id,
          JSON.stringify(scope),
          wants.includes('stale'),
          wants.includes('parked'),
          pieces.length,
          storedCarrier(fact),
        ],
      );
      if (rowCount === 0) return false;
      await recordHorizon(tx, schema, id);
      await insertSlices(tx, schema, id, pieces, { fresh, dispatch });
      return true;
    });
    if (created) return { id, created };
  }
}

/**
 * Scores a scope at once, in the caller's transaction and beside any run of it: the primary key of the scores orders the
 * two. What goes wrong is thrown, and rolls back with the transaction.
 */
export async function runInTransaction(
  tx: Sql,
  schema: string,
  registered: Registered,
  fold: Fold,
  given: Scope,
  limit: number,
): Promise<Run> {
  const scope = parseScope(registered, given);
  await assertValues(tx, registered, scope);
  const window: Window = { lo: null, hi: null, after: null, upTo: null, scope };
  const wants = every(registered);
  await fold.lock(tx);
  await assertInlineSize(tx, fold, wants, window, limit);
  const { scored, rejected, reasons } = await fold.apply(tx, wants, window);
  const id = newId();
  await tx.query(
    `with done as (
       insert into ${quote(schema)}.run (id, projection, scope, corrects, retries, open_slices, finished_at) values ($1, $2, $3, false, false, 0, clock_timestamp()) returning id
     )
     insert into ${quote(schema)}.slice (id, run, expected, scored, rejected, reasons, done_at) select id, id, $4::bigint + $5, $4, $5, $6, clock_timestamp() from done`,
    [id, registered.id, JSON.stringify(scope), scored, rejected, JSON.stringify(reasons)],
  );
  return { id, created: true };
}

/** Whether a run of a scope would find anything to score. It may have to pass all that is scored already, and is planned so. */
export async function findsAny(sql: Sql, registered: Registered, fold: Fold, given: Scope): Promise<boolean> {
  const scope = parseScope(registered, given);
  await assertValues(sql, registered, scope);
  const window: Window = { lo: null, hi: null, after: null, upTo: null, scope };
  return (await fold.left(sql, every(registered), window)).length > 0;
}

/**
 * Ends a run whose slices are all done, unless its scope got more items since; those become one more slice. The row
 * lock orders this against {@link startRun}: whoever was told to wait for this run committed their items before it looks.
 *
 * @returns its projection, how long it took and what was stored with it, when the run is finished now
 */
export async function finishRun(
  tx: Sql,
  schema: string,
  run: string,
  foldOf: (projection: number) => Fold | undefined,
  dispatch: (projection: number) => Dispatch,
): Promise<Omit<Facts['run.finished'], 'run' | 'label'> | undefined> {
  const { rows } = await tx.query(
    `select projection, scope, corrects from ${quote(schema)}.run where id = $1 and finished_at is null and open_slices = 0 for update skip locked`,
    [run],
  );
  const row = rows[0];
  const projection = Number(row?.['projection']);
  const fold = row === undefined ? undefined : foldOf(projection);
  if (row === undefined || fold === undefined) return undefined;
  const window = { lo: null, hi: null, after: null, upTo: null, scope: row['scope'] as Record<string, string> };
  const wants: readonly Want[] = row['corrects'] === true ? ['new', 'stale'] : ['new'];
  const left = await fold.left(tx, wants, window, await readHorizon(tx, schema, run));
  if (left.length > 0) {
    await tx.query(`update ${quote(schema)}.run set open_slices = 1 where id = $1`, [run]);
    const rest = [{ lo: null, hi: null, expected: 1 }];
    await insertSlices(tx, schema, run, rest, { fresh: false, dispatch: dispatch(projection) });
    return undefined;
  }
  const finished = await tx.query(
    `update ${quote(schema)}.run set finished_at = clock_timestamp() where id = $1
     returning extract(epoch from clock_timestamp() - started_at)::float8 as seconds, trace_context as carrier`,
    [run],
  );
  const { seconds, carrier } = finished.rows[0] ?? {};
  return { projection, seconds: Number(seconds), carrier: carrier as Carrier | null };
}

/**
 * How long one slice should take: long enough that dispatching it costs little, short enough that a dead worker's slice
 * is soon done again and several workers end together.
 */
const TARGET_SECONDS = 0.4;
const SIZE_MIN = 1_000;
/** Where nothing is known yet, and at most. JavaScript holds a slice in memory, of which it is to take less than 300 MB. */
const SIZES: Readonly<Record<Backend, { readonly unknown: number; readonly max: number }>> = {
  sql: { unknown: 100_000, max: 200_000 },
  js: { unknown: 75_000, max: 100_000 },
};

/** So much that there is enough for several workers to end together, and so little that dispatching it costs little. */
const shareOf = (expected: number): number => Math.max(SHARE_MIN, Math.ceil(expected / SHARES));
const SHARES = 16;
const SHARE_MIN = 5_000;

/** The size that would have met the target, judged by the projection's last slices that had something to do; at most a share. */
async function adaptedSize(
  tx: Sql,
  schema: string,
  { id, backend }: Registered,
): Promise<(expected: number) => number> {
  const { rows } = await tx.query(
    `select sum(items) / nullif(sum(seconds), 0) as per_second from (
       select s.scored + s.rejected as items, extract(epoch from s.done_at - s.began_at)::float8 as seconds
       from ${quote(schema)}.slice s join ${quote(schema)}.run r on r.id = s.run
       where r.projection = $1 and s.done_at is not null and s.began_at is not null and s.scored + s.rejected >= ${SIZE_MIN}
       order by s.done_at desc limit 20
     ) latest`,
    [id],
  );
  const perSecond = Number(rows[0]?.['per_second'] ?? 0);
  const onTarget = perSecond > 0 ? Math.round(perSecond * TARGET_SECONDS) : SIZES[backend].unknown;
  const size = Math.min(SIZES[backend].max, Math.max(SIZE_MIN, onTarget));
  return (expected) => Math.min(size, shareOf(expected));
}

async function insertSlices(
  tx: Sql,
  schema: string,
  run: string,
  pieces: readonly Piece[],
  { fresh, dispatch }: { fresh: boolean; dispatch: Dispatch },
): Promise<void> {
  const ids = pieces.map(() => newId());
  await tx.query(
    `insert into ${quote(schema)}.slice (id, run, lo, hi, expected, fresh) select id, $2, lo, hi, expected, $6 from unnest($1::uuid[], $3::text[], $4::text[], $5::bigint[]) as piece (id, lo, hi, expected)`,
    [
      ids,
      run,
      pieces.map((piece) => piece.lo),
      pieces.map((piece) => piece.hi),
      pieces.map((piece) => piece.expected),
      fresh,
    ],
  );
  // In the order of their keys: neighbours are written one after another, which keeps the index of the scores compact and its
  // pages in memory.
  await dispatch(tx, ids);
}

/**
 * What a run has to look for. In a scope that an index leads to, it is asked whether there is anything at all; of a
 * whole table that would read everything that is scored already. Corrections can only be where there are scores, and
 * only where results carry a revision. Another run may be about to commit scores of an older revision: in a scope corrections are
 * always looked for, and of a whole table that seemed unscored each such score is a conflict, see `alsoCorrect`.
 */
async function wantsOf(
  tx: Sql,
  registered: Registered,
  fold: Fold,
  window: Window,
): Promise<{ wants: readonly Want[]; nothing: boolean; fresh: boolean }> {
  const possible = every(registered);
  if (Object.keys(window.scope).length > 0) {
    const left = await fold.left(tx, possible, window);
    return {
      wants: possible.filter((want) => want !== 'parked' || left.includes(want)),
      nothing: left.length === 0,
      fresh: false,
    };
  }
  const { scores } = registered.target;
  const { rows } = await tx.query(
    `select exists (select 1 from ${scores}) as scored, exists (select 1 from ${scores} where reason = ${PARKED}) as parked`,
  );
  const there = { new: true, stale: rows[0]?.['scored'] === true, parked: rows[0]?.['parked'] === true };
  return { wants: possible.filter((want) => there[want]), nothing: false, fresh: !there.stale };
}

/** Everything that a run of this projection can come upon. A parked item is tried again by each new run. */
const every = (registered: Registered): readonly Want[] =>
  corrects(registered) ? ['new', 'stale', 'parked'] : ['new', 'parked'];

/**
 * The run that is under way for a scope. Its end will also look for corrections: the caller may have just made one,
 * though there were none when it began.
 */
async function joinRun(
  tx: Sql,
  schema: string,
  registered: Registered,
  scope: Record<string, string>,
): Promise<string | undefined> {
  const { rows } = await tx.query(
    `update ${quote(schema)}.run set corrects = corrects or $3 where projection = $1 and scope = $2 and finished_at is null returning id`,
    [registered.id, JSON.stringify(scope), corrects(registered)],
  );
  return rows[0] === undefined ? undefined : text(rows[0], 'id');
}

async function lastRun(
  tx: Sql,
  schema: string,
  projection: number,
  scope: Record<string, string>,
): Promise<string | undefined> {
  const { rows } = await tx.query(
    `select id from ${quote(schema)}.run where projection = $1 and scope = $2 order by started_at desc limit 1`,
    [projection, JSON.stringify(scope)],
  );
  return rows[0] === undefined ? undefined : text(rows[0], 'id');
}

/** Has Postgres read each value as the type of its column, so that a wrong one is refused by name. */
async function assertValues(tx: Sql, { target }: Registered, scope: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(scope)) {
    const type = target.table.columns.get(name)?.type ?? 'text';
    await tx.query(`select $1::${type}`, [value]).catch((cause: unknown) => {
      throw new ScorekeepError(
        'DEFINITION_INVALID',
        `where gives "${name}" the value ${JSON.stringify(value)}, which is no ${type}.`,
        { column: name, type },
        { cause },
      );
    });
  }
}

/** Checks that a scope names columns of the log and gives each a value. */
function parseScope({ target }: Registered, given: Scope): Record<string, string> {
  const { table } = target;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (!table.columns.has(name)) {
        const near = nearest(name, [...table.columns.keys()]);
        throw new ScorekeepError(
          'UNKNOWN_COLUMN',
          `where names "${name}", which is no column of "${table.log.table}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
          { table: table.log.table, column: name, nearest: near },
        );
      }
      if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
        throw new ScorekeepError(
          'DEFINITION_INVALID',
          `where gives "${name}" the value ${JSON.stringify(value) ?? 'undefined'}; it takes a string, number, bigint or boolean.`,
          { column: name },
        );
      }
      if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\0'))) {
        throw new ScorekeepError(
          'DEFINITION_INVALID',
          `where gives "${name}" a string that Postgres cannot hold: it has ${value.includes('\0') ? 'a NUL' : 'half a surrogate pair'} in it.`,
          { column: name },
        );
      }
      return [name, String(value)];
    }),
  );
}
