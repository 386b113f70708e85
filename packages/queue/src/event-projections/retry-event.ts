import type pg from 'pg';
import { safeCode } from '../jobs/outcome.ts';
import { codeOf } from '../postgres/classify-error.ts';
import type { Sql } from '../postgres/sql.ts';
import type { Following } from './following.ts';
import { asksTooMuch, FoldFailed, isOfAnEvent } from './isolate.ts';
import { firstParked, noteFailure, referenceTo, unpark } from './park-events.ts';
import { consumerOf, type Unapplied } from './pieces.ts';
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
 * Gives a parked event up: it is never applied, and those that wait behind it go on.
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
  const event = { ...place, consumer: consumerOf(following.label, live.number) };
  const build = (await lockBuild(tx, following, event, { paused: true })) ?? live;
  const subject = await unpark(tx, following, event.consumer, event);
  if (subject === undefined) return false;
  await goOn(tx, following, build, event, subject);
  return true;
}

/** The build of a parked event, and its shard: no step is under way there until the transaction ends. */
async function lockBuild(
  tx: Sql,
  following: Following,
  { consumer, shard }: ParkedEvent,
  options?: { paused: boolean },
): Promise<Build | undefined> {
  const live = await lockLive(tx, following, options);
  if (live === undefined) return undefined;
  const { schema, log } = following;
  await tx.query(`select from ${schema}.log_consumer where log = $1 and consumer = $2 and shard = $3 for update`, [
    log.id,
    consumer,
    shard,
  ]);
  const number = Number(consumer.slice(consumer.lastIndexOf(':') + 1));
  return number === live.number ? live : { number, after: [], standings: [] };
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
      if (!isOfAnEvent(error) && !asksTooMuch(error)) throw error;
      await tx.query('rollback to savepoint go_on');
      await noteFailure(tx, following, consumer, next, safeCode(codeOf(error)));
      return;
    }
  }
}

/** Events applied behind one in its transaction; what is left goes on in a job. */
const AT_ONCE_MAX = 1_000;
