import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { enclose, publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { PROJECTION_LOCK } from '../projections/register.ts';
import { type Differences, diffBuilds } from './diff-builds.ts';
import type { Following } from './following.ts';
import { consumerOf } from './pieces.ts';
import { refillBoards } from './refill-boards.ts';
import { type Built, createBuild, makeLive, readBuilds } from './register-events.ts';
import { type Build, type Stepped, stepEvents } from './step-events.ts';

export interface RebuildOptions {
  /** Whether the new build takes the place of the live one, having seen what differs. Default: always. */
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
export async function rebuild(following: Following, { swapIf = () => true, signal }: RebuildOptions): Promise<Rebuilt> {
  await assertRebuildable(following);
  const unfinished = (await readBuilds(following.pool, following)).findLast(({ live, asOf }) => !live && asOf === null);
  const live = await liveNumber(following.pool, following);
  const number =
    unfinished !== undefined && unfinished.number > live
      ? unfinished.number
      : await transaction(following.pool, (tx) => createBuild(tx, following, { asOf: null }));
  return switchBuild(following, number, { swapIf, ...(signal === undefined ? {} : { signal }) });
}

/** Catches a build up with the live one, compares them, and swaps them: the end of a rebuild, or the way back from it. */
export async function switchBuild(
  following: Following,
  number: number,
  { swapIf = () => true, signal }: RebuildOptions,
): Promise<Rebuilt> {
  const { pool, label, id } = following;
  const before = await liveNumber(pool, following);
  const live = consumerOf(label, before);
  const build = { number, after: [live], standings: [] };
  const catchUp = (tx: pg.PoolClient): Promise<Stepped | undefined> => stepBuild(tx, following, build);
  for (let near = false; !near; ) {
    signal?.throwIfAborted();
    const stepped = await transaction(pool, catchUp);
    near = stepped === undefined || stepped.events < NEAR;
  }
  return transaction(pool, async (tx) => {
    // Steps of the live build wait from here on; reading and ingesting go on.
    await tx.query('select pg_advisory_xact_lock($1, $2)', [PROJECTION_LOCK, id]);
    if ((await liveNumber(tx, following)) !== before) throw notThere(following, before);
    while ((await catchUp(tx)) !== undefined);
    const differences = await diffBuilds(tx, following, before, number);
    const swapped = swapIf(differences);
    if (swapped) {
      const parkedAlike = await sameParked(tx, following, before, number);
      await makeLive(tx, following, number);
      // A board has what the live build has applied: what only one of them has put aside would be missing, or twice.
      if (!parkedAlike) await refillBoards(tx, following);
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
  await assertRebuildable(following);
  return transaction(pool, async (tx) => {
    const number = await createBuild(tx, following, { asOf: time });
    const consumer = consumerOf(label, number);
    const limit = `${consumer}:limit`;
    await tx.query(
      `insert into ${schema}.log_consumer (log, shard, consumer, at)
       select log, shard, $2, coalesce((select max(e.position) from ${schema}.${quote(`events_${log.name}`)} e where e.log = $1 and e.shard = h.shard and e.recorded_at <= $3), 0)
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
    stepEvents(tx, following, build, { shards: log.shards }),
  );
}

/** Events of a step below which a build has as good as caught up. */
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
export function notThere({ label }: Pick<Built, 'label'>, number: number): ScorekeepError {
  return new ScorekeepError('DEFINITION_INVALID', `${label} has no build ${number} now; builds() lists those it has.`, {
    label,
    build: number,
  });
}

async function assertRebuildable({ pool, schema, log, label, fold }: Following): Promise<void> {
  if (fold.columns === null) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `${label} applies events to tables of the host; only a fold is rebuilt.`,
      {
        label,
      },
    );
  }
  const { rows } = await pool.query(
    `select count(*) as pruned from ${schema}.segment where log = $1 and detached_at is not null`,
    [log.id],
  );
  const pruned = integer(rows[0], 'pruned');
  if (pruned === 0) return;
  throw new ScorekeepError(
    'EVENTS_PRUNED',
    `${label} cannot be rebuilt: ${pruned} segments of the log "${log.name}" are pruned. Attach them again, or raise the version, which begins with the oldest event there is.`,
    { label, log: log.name, segments: pruned },
  );
}

async function sameParked(tx: Sql, { schema, log, label }: Following, a: number, b: number): Promise<boolean> {
  const of = (consumer: string): string =>
    `select shard, position from ${schema}.parked_event where log = ${log.id} and consumer = ${consumer}`;
  const { rows } = await tx.query(
    `select exists ((${of('$1')} except ${of('$2')}) union all (${of('$2')} except ${of('$1')})) as differ`,
    [consumerOf(label, a), consumerOf(label, b)],
  );
  return rows[0]?.['differ'] === false;
}
