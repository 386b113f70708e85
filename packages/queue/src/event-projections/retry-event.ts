import type pg from 'pg';
import { safeCode } from '../jobs/outcome.ts';
import { asksTooMuch, codeOf } from '../postgres/classify-error.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import type { Following } from './following.ts';
import { noteGivenUp } from './given-up.ts';
import { FoldFailed, isOfAnEvent } from './isolate.ts';
import { firstParked, noteFailure, referenceTo, unpark } from './park-events.ts';
import { consumerOf, type Unapplied } from './pieces.ts';
import { lockBuilds, readBuilds } from './register-events.ts';
import { applyPieces, type Build, lockLive } from './step-events.ts';

/** A parked event, by its build's consumer and its place. */
export interface ParkedEvent {
  readonly consumer: string;
  readonly shard: number;
  readonly position: number;
}

/**
 * Applies a parked event, and in an ordered projection those that wait behind it, in the transaction that finds it still
 * parked: however often it is tried, it is applied once.
 *
 * @returns false while the projection is paused
 * @throws what the event fails with
 */
export async function retryEvent(tx: pg.PoolClient, following: Following, event: ParkedEvent): Promise<boolean> {
  const build = await lockBuild(tx, following, event);
  if (build === undefined) return false;
  const subject = await unpark(tx, following, event.consumer, event);
  if (subject === undefined) return true;
  await applyOne(tx, following, build, event);
  await goOn(tx, following, build, event, subject);
  return true;
}

/**
 * Gives an event up that the live build has parked: it is never applied, and those that wait behind it go on. Builds that have yet to
 * come to it leave it out, and those that have parked it too.
 *
 * @returns false when it was not parked
 */
export async function skipEvent(
  tx: pg.PoolClient,
  following: Following,
  place: Omit<ParkedEvent, 'consumer'>,
): Promise<boolean> {
  const live = await lockLive(tx, following, { paused: true });
  if (live === undefined) return false;
  await lockBuilds(tx, following);
  if (!(await giveUp(tx, following, live, place))) return false;
  for (const other of await readBuilds(tx, following)) {
    if (other.live || other.asOf !== null) continue;
    await giveUp(tx, following, { number: other.number, after: [], standings: [] }, place, { ahead: true });
  }
  return true;
}

/**
 * @param options.ahead whether the build is to leave it out as well when it has yet to come to it
 * @returns whether the build leaves it out from now on
 */
async function giveUp(
  tx: pg.PoolClient,
  following: Following,
  build: Build,
  place: Omit<ParkedEvent, 'consumer'>,
  { ahead = false }: { ahead?: boolean } = {},
): Promise<boolean> {
  const event = { ...place, consumer: consumerOf(following.label, build.number) };
  const at = await lockShard(tx, following, event);
  const subject = await unpark(tx, following, event.consumer, event);
  const isAhead = ahead && at !== undefined && at < event.position;
  if (subject === undefined && !isAhead) return false;
  await noteGivenUp(tx, following, event.consumer, event);
  if (subject !== undefined) await goOn(tx, following, build, event, subject);
  return true;
}

/** The build of a parked event, and its shard: no step is under way there until the transaction ends. */
async function lockBuild(tx: Sql, following: Following, event: ParkedEvent): Promise<Build | undefined> {
  const live = await lockLive(tx, following);
  if (live === undefined) return undefined;
  await lockShard(tx, following, event);
  const { consumer } = event;
  const number = Number(consumer.slice(consumer.lastIndexOf(':') + 1));
  return number === live.number ? live : { number, after: [], standings: [] };
}

/** Locks a consumer's position in a shard, and answers it. */
async function lockShard(
  tx: Sql,
  { schema, log }: Following,
  { consumer, shard }: ParkedEvent,
): Promise<number | undefined> {
  const { rows } = await tx.query(
    `select at from ${schema}.log_consumer where log = $1 and consumer = $2 and shard = $3 for update`,
    [log.id, consumer, shard],
  );
  return rows[0] === undefined ? undefined : integer(rows[0], 'at');
}

/** @throws when it fails */
async function applyOne(
  tx: pg.PoolClient,
  following: Following,
  build: Build,
  { shard, position }: Pick<Unapplied, 'shard' | 'position'>,
): Promise<void> {
  const [failed] = await applyPieces(tx, following, build, [{ shard, after: position - 1, upto: position }]);
  if (failed !== undefined) throw new FoldFailed(failed.code ?? 'Error');
}

/** Applies what waited behind an event, up to the next one that fails; that one gets a job. */
async function goOn(
  tx: pg.PoolClient,
  following: Following,
  build: Build,
  { consumer, shard }: ParkedEvent,
  subject: string,
): Promise<void> {
  if (!following.projection.ordered) return;
  for (let applied = 0; ; applied++) {
    const position = await firstParked(tx, following, consumer, { shard, subject });
    if (position === undefined) return;
    const next = { shard, position };
    if (applied === AT_ONCE_MAX) {
      await following.dispatch(tx, [referenceTo(consumer, next)]);
      return;
    }
    await tx.query('savepoint go_on');
    try {
      await unpark(tx, following, consumer, next);
      await applyOne(tx, following, build, next);
      await tx.query('release savepoint go_on');
    } catch (error) {
      if (!isOfAnEvent(error) && !asksTooMuch(codeOf(error))) throw error;
      await tx.query('rollback to savepoint go_on');
      await noteFailure(tx, following, consumer, next, safeCode(codeOf(error)));
      return;
    }
  }
}

/** Events applied behind one in its transaction; what is left goes on in a job. */
const AT_ONCE_MAX = 1_000;
