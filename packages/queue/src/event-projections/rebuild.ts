import type pg from 'pg';
import { lockProjection } from '../boards/register-board.ts';
import { ScorekeepError } from '../errors.ts';
import { enclose, publish } from '../facts.ts';
import { eventTable } from '../log/register-log.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { assertUnpruned } from './assert-unpruned.ts';
import { type Differences, diffBuilds } from './diff-builds.ts';
import type { Following } from './following.ts';
import { NOT_APPLIED, sparing } from './given-up.ts';
import { consumerOf } from './pieces.ts';
import { refillBoards } from './refill-boards.ts';
import {
  type Built,
  createBuild,
  cutOffBuild,
  lockBuilds,
  makeLive,
  noteCompared,
  readBuilds,
} from './register-events.ts';
import { type Build, type Stepped, stepEvents } from './step-events.ts';

export interface RebuildOptions {
  /** Whether the new build takes the place of the live one, having seen what differs. Throwing cuts the rebuild off. Default: always. */
  readonly swapIf?: (differences: Differences) => boolean;
  /** Aborting it leaves the build where it is; the next call goes on with it. */
  readonly signal?: AbortSignal;
}

/** What a rebuild came to. */
export interface Rebuilt {
  /** The number of the new build. */
  readonly build: number;
  /** The number of the one that was live, which is kept. */
  readonly before: number;
  readonly differences: Differences;
  readonly swapped: boolean;
}

/**
 * Folds the whole log anew beside the live build, which is read and fed meanwhile; then compares both at the same positions
 * and, in the same transaction, puts the new one in the place of the old. The old one is kept, for {@link switchBuild}.
 *
 * @throws ScorekeepError EVENTS_PRUNED when the log no longer has all its events, DEFINITION_INVALID when there is no fold
 */
export async function rebuild(following: Following, options: RebuildOptions): Promise<Rebuilt> {
  assertFold(following);
  const number = await transaction(following.pool, async (tx) => {
    // Of two that begin at once the second finds the build of the first. And nothing is given up that a new build would not hear of.
    await lockBuilds(tx, following);
    const cutOff = await cutOffBuild(tx, following);
    const number = cutOff ?? (await createBuild(tx, following, { asOf: null }));
    await assertUnpruned(tx, following, `${following.label} cannot be rebuilt`);
    return number;
  });
  return switchBuild(following, number, options);
}

/** Catches a build up with the live one, compares them, and swaps them: the end of a rebuild, or the way back from it. */
export async function switchBuild(
  following: Following,
  number: number,
  { swapIf = () => true, signal }: RebuildOptions,
): Promise<Rebuilt> {
  const { pool, label, id } = following;
  const before = await liveNumber(pool, following);
  const build = { number, after: [consumerOf(label, before)], standings: [] };
  const catchUp = async (tx: pg.PoolClient): Promise<Stepped | undefined> => {
    await takeTurn(tx, following, number);
    return stepBuild(tx, following, build);
  };
  for (let near = false; !near; ) {
    signal?.throwIfAborted();
    const stepped = await transaction(pool, catchUp);
    near = stepped === undefined || (await missing(pool, following, before, number)).events < NEAR;
  }
  return transaction(pool, async (tx) => {
    // Steps of the live build wait from here on; reading and ingesting go on.
    await lockProjection(tx, id);
    if ((await liveNumber(tx, following)) !== before) throw switchedMeanwhile(following);
    while ((await catchUp(tx)) !== undefined);
    await assertCaughtUp(tx, following, before, number);
    const differences = await diffBuilds(tx, following, before, number);
    await noteCompared(tx, following, [before, number]);
    const swapped = swapIf(differences);
    if (swapped) {
      const alike = await sameApplied(tx, following, before, number);
      await makeLive(tx, following, number);
      // A board has what the live build has applied: what only one of them has put aside or left out would be missing, or twice.
      if (!alike) await refillBoards(tx, following);
    }
    publish('projection.rebuilt', { label, build: number, before, differing: differences.subjects, swapped });
    return { build: number, before, differences, swapped };
  });
}

/**
 * Folds the log as it was recorded up to a time into a build of its own, which stays as it is.
 *
 * @returns its number
 */
export async function rebuildAt(following: Following, time: Date): Promise<number> {
  const { pool, schema, log, label } = following;
  assertFold(following);
  return transaction(pool, async (tx) => {
    const number = await createBuild(tx, following, { asOf: time });
    await assertUnpruned(tx, following, `${label} cannot be rebuilt`);
    const consumer = consumerOf(label, number);
    const limit = `${consumer}:limit`;
    // Up to the first that is later: one behind it that says an earlier time is of a transaction that had begun by then, not ended.
    await tx.query(
      `insert into ${schema}.log_consumer (log, shard, consumer, at)
       select log, shard, $2, coalesce((select min(e.position) - 1 from ${eventTable(log)} e where e.log = $1 and e.shard = h.shard and e.recorded_at > $3), h.last)
       from ${schema}.log_head h where log = $1`,
      [log.id, limit, time],
    );
    const build = { number, after: [limit], standings: [] };
    while ((await stepBuild(tx, following, build)) !== undefined);
    // It reads no more, so it holds nothing up.
    await tx.query(`delete from ${schema}.log_consumer where log = $1 and consumer = any ($2)`, [
      log.id,
      [limit, consumer],
    ]);
    return number;
  });
}

/** One step of a build that is not live, over all shards. */
function stepBuild(tx: pg.PoolClient, following: Following, build: Build): Promise<Stepped | undefined> {
  const { projection, label, log } = following;
  return enclose('projection.stepping', { log: projection.from.name, label }, () =>
    stepEvents(tx, sparing(following, build.number), build, { shards: log.shards }),
  );
}

/**
 * Keeps a build from being stepped, put live or dropped by others until the transaction ends. Whoever rebuilds it too waits here, since a
 * step passes shards over that others hold, as if there were nothing left in them.
 */
async function takeTurn(tx: Sql, following: Following, number: number): Promise<void> {
  const { schema, id } = following;
  await tx.query('select pg_advisory_xact_lock_shared($1, $2)', [PROJECTION_LOCK, id]);
  const { rows } = await tx.query(
    `select live from ${schema}.projection_build where projection = $1 and number = $2 for no key update`,
    [id, number],
  );
  if (rows[0] === undefined) throw notThere(following, number);
  if (rows[0]['live'] === true) throw switchedMeanwhile(following);
}

/** @throws ScorekeepError NOT_READY when a shard was passed over: a process of an earlier version takes no turns */
async function assertCaughtUp(tx: Sql, following: Following, before: number, build: number): Promise<void> {
  const { label } = following;
  const { shards } = await missing(tx, following, before, build);
  if (shards === 0) return;
  throw new ScorekeepError(
    'NOT_READY',
    `Build ${build} of ${label} is behind in ${shards} shards, which another process holds. Rebuild again once that is done.`,
    { label, build, shards },
  );
}

/** How many events a build has yet to pass to be where another is, and in how many shards. */
async function missing(
  sql: Sql,
  { schema, label, log }: Following,
  before: number,
  build: number,
): Promise<{ readonly events: number; readonly shards: number }> {
  const { rows } = await sql.query(
    `select coalesce(sum(a.at - b.at), 0) as events, count(*) as shards from ${schema}.log_consumer a join ${schema}.log_consumer b using (log, shard)
     where a.log = $1 and a.consumer = $2 and b.consumer = $3 and b.at < a.at`,
    [log.id, consumerOf(label, before), consumerOf(label, build)],
  );
  return { events: integer(rows[0], 'events'), shards: integer(rows[0], 'shards') };
}

/** Events that a build may lack and has as good as caught up: the steps of the live one wait for these. */
const NEAR = 1_000;

/** The number of the live build. */
export async function liveNumber(sql: Sql, { schema, id }: Pick<Built, 'schema' | 'id'>): Promise<number> {
  const { rows } = await sql.query(`select number from ${schema}.projection_build where projection = $1 and live`, [
    id,
  ]);
  return integer(rows[0], 'number');
}

/**
 * @param options.changeable whether it must be one that can take events
 * @throws ScorekeepError DEFINITION_INVALID
 */
export async function assertBuild(
  sql: Sql,
  following: Pick<Built, 'schema' | 'id' | 'label'>,
  number: number,
  { changeable = false }: { changeable?: boolean } = {},
): Promise<void> {
  const build = (await readBuilds(sql, following)).find((one) => one.number === number);
  if (build === undefined) throw notThere(following, number);
  if (!changeable || (build.asOf === null && !build.live)) return;
  const message = `Build ${number} of ${following.label} ${build.live ? 'is live already' : 'shows an earlier time'}.`;
  throw new ScorekeepError('DEFINITION_INVALID', message, { label: following.label, build: number });
}

/** A build that there is not, or not any more. */
function notThere({ label }: Pick<Built, 'label'>, number: number): ScorekeepError {
  return new ScorekeepError('DEFINITION_INVALID', `${label} has no build ${number} now; builds() lists those it has.`, {
    label,
    build: number,
  });
}

/** Another build is live than the one that was to be replaced. */
export function switchedMeanwhile({ label }: Pick<Built, 'label'>): ScorekeepError {
  return new ScorekeepError(
    'DEFINITION_INVALID',
    `Another call has changed which build of ${label} is live; builds() lists those it has.`,
    { label },
  );
}

function assertFold({ label, fold }: Following): void {
  if (fold.columns !== null) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `${label} applies events to tables of the host; only a fold is rebuilt.`,
    { label },
  );
}

/** Whether two builds at the same positions have applied the same events. */
async function sameApplied(tx: Sql, { schema, log, label }: Following, a: number, b: number): Promise<boolean> {
  const of = (consumer: string): string =>
    NOT_APPLIED.map(
      (table) => `select shard, position from ${schema}.${table} where log = ${log.id} and consumer = ${consumer}`,
    ).join(' union all ');
  const { rows } = await tx.query(
    `select exists ((${of('$1')} except ${of('$2')}) union all (${of('$2')} except ${of('$1')})) as differ`,
    [consumerOf(label, a), consumerOf(label, b)],
  );
  return rows[0]?.['differ'] === false;
}
