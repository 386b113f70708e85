import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { admit } from './admin/context.ts';
import { assertLimit } from './assert-limit.ts';
import type { Board } from './boards/board.ts';
import { boardsOf } from './boards/boards-of.ts';
import { closeUntilStopped } from './boards/close-windows.ts';
import { previewBoard } from './boards/preview.ts';
import { liveStanding, registerBoard, stored, switchBoard } from './boards/register-board.ts';
import { splitBuckets } from './boards/split-buckets.ts';
import type { BoardSource } from './boards/standing-table.ts';
import type { Standing } from './boards/stored-board.ts';
import { ScorekeepError } from './errors.ts';
import { appliedEvents } from './event-projections/board-effects.ts';
import { follow } from './event-projections/follow.ts';
import type { FoldingProjection } from './event-projections/keep-projections.ts';
import { parkedErrors } from './event-projections/parked-errors.ts';
import { projectionsOf } from './event-projections/projections-of.ts';
import { publish } from './facts.ts';
import {
  type Bosses,
  createSlices,
  dispatchParked,
  dispatchSlices,
  type Queues,
  queuesOf,
  settleSlice,
  startBoss,
} from './jobs/boss.ts';
import { connectionsOf, jobsOf } from './jobs/keep-jobs.ts';
import { noteLastLook } from './jobs/missed-schedules.ts';
import { parkedItems } from './jobs/parked-items.ts';
import type { Keep, RunReference } from './keep.ts';
import { logOf } from './log/log-of.ts';
import { assertMigrated, DEFAULT_SCHEMA, migrate } from './migrate.ts';
import { assertReachable } from './postgres/assert-reachable.ts';
import { prepared } from './postgres/prepared.ts';
import { bossDatabase, type Sql } from './postgres/sql.ts';
import { retriedTransaction, transaction } from './postgres/transaction.ts';
import type { Projection } from './projections/projection.ts';
import { type Registered, registerProjection } from './projections/register.ts';
import { replicaOf } from './replica/replica-of.ts';
import { INLINE_LIMIT, workInline } from './runs/run-inline.ts';
import { readRun } from './runs/run-status.ts';
import { type Dispatch, findsAny, finishRun, type Run, runInTransaction, startRun } from './runs/start-run.ts';
import { readStatus } from './runs/status.ts';
import { cancelRun, pauseRun, resumeRun, type Steered } from './runs/steer-run.ts';
import { followScores } from './score-projections/follow-scores.ts';
import type { Fold } from './slices/fold.ts';
import type { SliceWork } from './slices/work-slice.ts';
import { statsOf } from './stats/keep-stats.ts';
import { explainItem } from './tables/explain-item.ts';
import { itemKey } from './tables/item-key.ts';
import { pastScores } from './tables/read-history.ts';
import { type OnParked, tableFold } from './tables/table-fold.ts';
import { type Served, startWork } from './work.ts';

/** How to reach Postgres. */
export type ConnectOptions = {
  /** The schema that Scorekeep keeps its tables in. Default `scorekeep`; pg-boss gets one beside it, `<schema>_jobs`. */
  readonly schema?: string;
  /** Whether to bring the schema up to date first. Default true; false for a role that may not, see {@link migrate}. */
  readonly migrate?: boolean;
  /**
   * Items per slice: one transaction of one worker. By default as many as the projection has lately scored in 0.4
   * seconds. The guides' 500, 1000 and 2000 are fine where memory is scarce.
   */
  readonly batchSize?: number;
  /** A streaming standby, for the reads of `keep.replica`. Default: these are of the primary. */
  readonly readUrl?: string | undefined;
} & (
  | {
      /** `postgres://user:password@host:port/database` */
      readonly url: string | undefined;
      /** Most connections for the work itself; pg-boss takes up to 4 more, 5 when it is observed. Default 10. */
      readonly poolSize?: number;
    }
  | {
      /** The host's own pool; it stays the host's to close. */
      readonly pool: pg.Pool;
      /** A direct connection for pg-boss to listen on. Without it jobs are polled for. */
      readonly controlUrl?: string;
    }
);

/**
 * Connects to Postgres, brings Scorekeep's schema up to date, and answers the handle that a host keeps for its life.
 *
 * @throws ScorekeepError CONNECT_FAILED naming host and port, SCHEMA_OUTDATED when `migrate` is off and needed
 */
export async function connect(options: ConnectOptions): Promise<Keep> {
  const { schema = DEFAULT_SCHEMA, batchSize, readUrl } = options;
  assertOptions(options, schema);
  const ownPool = !('pool' in options);
  const pool = ownPool ? openPool(options) : options.pool;
  const url = ownPool ? options.url : options.controlUrl;
  let bosses: Bosses;
  try {
    await assertReachable(pool);
    if (options.migrate === false) await assertMigrated(pool, schema);
    else await migrate(pool, { schema });
    await noteLastLook(pool, schema);
    const database = url === undefined ? { db: bossDatabase(pool) } : { connectionString: url };
    bosses = await startBoss(database, { schema, createSchema: options.migrate !== false });
  } catch (error) {
    if (ownPool) await pool.end();
    throw error;
  }
  const registrar = url === undefined ? pool : openPool({ url, poolSize: 1 });
  const replica = readUrl === undefined ? undefined : openPool({ url: readUrl });
  const keep = open({ pool, registrar, replica, ownPool, url, bosses, schema, batchSize });
  publish('connection.opened', { schema, keep });
  return keep;
}

interface Opened {
  readonly pool: pg.Pool;
  /** For what must not wait behind the transactions of the host that need it; the same pool where there is no URL. */
  readonly registrar: pg.Pool;
  /** Connections to a standby, where there is one. */
  readonly replica: pg.Pool | undefined;
  readonly ownPool: boolean;
  /** A direct connection, where there is one. */
  readonly url: string | undefined;
  readonly bosses: Bosses;
  readonly schema: string;
  readonly batchSize: number | undefined;
}

function open({ pool, registrar, replica, ownPool, url, bosses, schema, batchSize }: Opened): Keep {
  const { boss, slices: sliceBoss } = bosses;
  const jobs = jobsOf({ pool, schema, boss, url });
  const known = new WeakMap<Projection, Promise<Served>>();
  const served = new Map<number, Served>();
  const boards = new WeakMap<Board, Promise<void>>();
  const stopping = new AbortController();
  let started = false;
  let starting: Promise<void> | undefined;
  let ended: (() => Promise<void>) | undefined;
  let stopped: Promise<void> | undefined;

  const serve = (registered: Registered): Served => {
    const { parked } = queuesOf(registered.label);
    const park: OnParked = async (tx, projection, keys) => {
      const items = keys.map((key) => ({ projection, key }));
      await dispatchParked(boss, tx, parked, items);
      jobs.soon(parked);
    };
    const fold = tableFold(schema, registered, park);
    return { registered, fold, parked: parkedItems(registered, fold) };
  };
  const register = async (projection: Projection): Promise<Served> => {
    const registered = await transaction(registrar, (tx) => registerProjection(tx, schema, projection));
    const one = serve(registered);
    await createSlices(sliceBoss, queuesOf(registered.label));
    await jobs.know(one.parked);
    served.set(registered.id, one);
    return one;
  };

  /** Remembers what succeeded; what failed is tried again, since the host may have mended its table meanwhile. */
  const once = <K extends object, T>(cache: WeakMap<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> => {
    if (stopped !== undefined) throw hasStopped();
    const made = cache.get(key) ?? make();
    cache.set(key, made);
    made.catch(() => cache.delete(key));
    return made;
  };
  const logs = logOf({ pool, registrar, schema, once, errorsOf: parkedErrors });
  const know = (projection: Projection): Promise<Served> => once(known, projection, () => register(projection));
  const events = projectionsOf({
    pool,
    registrar,
    schema,
    boss,
    sql: (on) => (ownPool ? prepared(on) : on),
    logOf: logs.know,
    sourceOf: async (projection) => (await know(projection)).registered,
    once,
  });
  const sourceOf = async (board: Board): Promise<BoardSource> => {
    if (board.of.kind === 'projection') return (await know(board.of)).registered;
    const following = await events.know(board.of);
    return {
      id: following.id,
      name: board.of.name,
      label: following.label,
      target: appliedEvents(following, stored(board)),
    };
  };
  const knowBoard = (board: Board): Promise<void> =>
    once(boards, board, async () => {
      const source = await sourceOf(board);
      await transaction(registrar, (tx) => registerBoard(tx, schema, board, source));
    });

  const ofBoard = async (board: Board): Promise<BoardSource> => {
    await knowBoard(board);
    return sourceOf(board);
  };

  const dispatch =
    ({ label }: Registered, priority = 0): Dispatch =>
    (tx, slices) =>
      dispatchSlices(sliceBoss, tx, queuesOf(label), slices, priority);
  const queuesById = (id: number): Queues => queuesOf((served.get(id) as Served).registered.label);
  const foldOf = (id: number): Fold | undefined => served.get(id)?.fold;

  const work: SliceWork = {
    pool,
    schema,
    foldOf,
    labelOf: (id) => (served.get(id) as Served).registered.label,
    projections: () => [...served.keys()],
    stopping: stopping.signal,
    onDone: (tx, slice, id) => settleSlice(sliceBoss, tx, queuesById(id), slice),
    onRunOver: async (run) => {
      const dispatchById = (id: number): Dispatch => dispatch((served.get(id) as Served).registered);
      const finished = await transaction(pool, (tx) => finishRun(tx, schema, run, foldOf, dispatchById));
      if (finished === undefined) return;
      publish('run.finished', { run, label: work.labelOf(finished.projection), ...finished });
      await splitBuckets(pool, schema, finished.projection);
    },
  };

  const stop = ({ force = false }: { force?: boolean } = {}): Promise<void> => {
    stopping.abort();
    const jobsEnded = jobs.stop({ force });
    stopped ??= (async () => {
      // What a start under way has begun is ended as well.
      await starting?.catch(() => undefined);
      await ended?.();
      await jobsEnded;
      await logs.stop();
      publish('connection.closing', { schema, keep });
      await bosses.stop();
      if (registrar !== pool) await registrar.end();
      await replica?.end();
      if (ownPool) await pool.end();
    })();
    return stopped;
  };

  /** Marks the run, then tells pg-boss about the jobs of the slices that are not done. */
  const steer = async (
    how: (sql: Sql, schema: string, run: string) => Promise<Steered | undefined>,
    run: RunReference,
    tell: (queue: string, jobs: string[]) => Promise<unknown>,
  ): Promise<boolean> => {
    const steered = await retriedTransaction(pool, (tx) => how(tx, schema, idOf(run)));
    if (steered === undefined) return false;
    if (steered.slices.length > 0) await tell(queuesOf(steered.projection).slices, [...steered.slices]);
    return true;
  };

  const reading = { pool, reader: ownPool ? prepared(pool) : pool, schema, know: ofBoard };
  const keep: Keep = {
    ...statsOf(pool, schema),
    ...jobs.api,
    ...logs.methods,
    ...events.methods,
    ...boardsOf(reading),
    ...replicaOf({ ...reading, replica, readState: events.readState }),
    async start({ projections = [], boards: toServe = [], jobs: toWork = [], workers = 1, prefetch = 2, signal }) {
      if (started) throw new ScorekeepError('ALREADY_STARTED', 'start() was called before; one is enough.');
      const overEvents = projections.filter((one) => one.kind === 'event-projection');
      const overScores = projections.filter((one) => one.kind === 'score-projection');
      // A table that is folded is read by a projection of its own.
      const rows = overScores.filter(({ ofTable }) => ofTable).map(({ of }) => of);
      const overTables = [...projections.filter((one) => one.kind === 'projection'), ...rows];
      const projected = projections.length + rows.length;
      assertWorkers(workers, pool.options.max, projected, connectionsOf(toWork, overTables.length, url));
      assertLimit('prefetch', prefetch, 2, 100);
      started = true;
      const registerAll = async () => {
        const serving = await Promise.all(overTables.map(know));
        const followed = await Promise.all(overEvents.map(events.know));
        const refolded = await Promise.all(overScores.map(events.knowScores));
        for (const board of toServe) await knowBoard(board);
        return { serving, followed, refolded };
      };
      const begin = async (): Promise<void> => {
        const { serving, followed, refolded } = await registerAll().catch((error: unknown) => {
          // Nothing is served yet, and the host may mend what was refused.
          started = false;
          throw error;
        });
        const working = await startWork(sliceBoss, work, serving, { workers, prefetch });
        const following = await Promise.all(followed.map((one) => follow(boss, one, workers, stopping.signal)));
        const refolding = await Promise.all(refolded.map((one) => followScores(boss, one, workers, stopping.signal)));
        const live = async (board: Board): Promise<Standing> =>
          liveStanding(pool, schema, board, (await ofBoard(board)).id);
        const closing = closeUntilStopped(pool, toServe, live, stopping.signal);
        ended = async () => {
          await working();
          for (const done of [...following, ...refolding]) await done();
          await closing;
        };
        await jobs.start([...toWork, ...serving.map(({ parked }) => parked)]);
      };
      starting = begin();
      await starting;
      const onAbort = (): void => {
        stop().catch((error: unknown) => publish('background.error', { where: 'stop', error }));
      };
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
    },
    stop,
    transaction: (task) => retriedTransaction(pool, task),
    async run(projection, { where = {}, tx, priority = 0, inline = false } = {}) {
      const { registered, fold } = await know(projection);
      assertLimit('priority', priority, -1_000_000, 1_000_000);
      const inlineLimit = inline === false ? undefined : inline === true ? INLINE_LIMIT : inline.limit;
      if (inlineLimit !== undefined) assertLimit('inline.limit', inlineLimit, 1, 1_000_000);
      const handOut = inlineLimit === undefined ? dispatch(registered, priority) : () => Promise.resolve();
      const options = { batchSize, dispatch: handOut, inlineLimit };
      const start = (sql: Sql): Promise<Run> => startRun(sql, schema, registered, fold, where, options);
      if (inlineLimit !== undefined && tx !== undefined) {
        return runInTransaction(tx, schema, registered, fold, where, inlineLimit);
      }
      const run = tx === undefined ? await transaction(pool, start) : await start(tx);
      if (inlineLimit !== undefined) await workInline(work, run.id);
      return run;
    },
    async unscored(projection, { where = {} } = {}) {
      const { registered, fold } = await know(projection);
      return findsAny(pool, registered, fold, where);
    },
    async finished(run, { signal, onProgress } = {}) {
      for (;;) {
        signal?.throwIfAborted();
        const status = await readRun(pool, schema, idOf(run));
        onProgress?.(status);
        if (status.finishedAt !== null) return status;
        await wait(POLL_MS, undefined, signal === undefined ? {} : { signal });
      }
    },
    runStatus: (run) => readRun(pool, schema, idOf(run)),
    pause: (run) => steer(pauseRun, run, (queue, jobs) => sliceBoss.cancel(queue, jobs)),
    resume: (run) => steer(resumeRun, run, (queue, jobs) => sliceBoss.resume(queue, jobs)),
    cancel: (run) => steer(cancelRun, run, (queue, jobs) => sliceBoss.cancel(queue, jobs)),
    async status(projection) {
      return readStatus(pool, schema, (await know(projection)).registered);
    },
    async explain(projection, key) {
      return explainItem(pool, (await know(projection)).registered.target, key);
    },
    async history(projection, key) {
      const { target } = (await know(projection)).registered;
      return pastScores(pool, target, itemKey(target.table, key));
    },
    async preview(board, options = {}) {
      assertLimit('limit', options.limit ?? INLINE_LIMIT, 1, 1_000_000);
      assertLimit('moves', options.moves ?? MOVES, 1, MOVES_MAX);
      return previewBoard(pool, schema, board, serve, { limit: INLINE_LIMIT, moves: MOVES, ...options });
    },
    async switchBoard(board) {
      if (board.of.kind === 'event-projection') {
        const source = await sourceOf(board);
        await transaction(pool, (tx) => switchBoard(tx, schema, board, source, false));
        return;
      }
      const { registered, fold } = await know(board.of);
      await transaction(pool, async (tx) => {
        const everything = { lo: null, hi: null, after: null, upTo: null, scope: {} };
        const left = await fold.left(tx, fold.corrects ? ['new', 'stale'] : ['new'], everything);
        await switchBoard(tx, schema, board, registered, left.length > 0);
      });
    },
  };
  const labelOf = async (projection: Projection | FoldingProjection): Promise<string> => {
    if (projection.kind === 'projection') return (await know(projection)).registered.label;
    if (projection.kind === 'score-projection') return (await events.knowScores(projection)).label;
    return (await events.know(projection)).label;
  };
  return admit(keep, { pool, schema, boss, labelOf });
}

const idOf = (run: RunReference): string => (typeof run === 'string' ? run : run.id);

/** Most moves that a preview lists, unless the caller says otherwise. */
const MOVES = 100;
/** Most moves that a preview lists at all. */
const MOVES_MAX = 10_000;
/** How often {@link Keep.finished} looks. */
const POLL_MS = 100;
/** How long a call waits for a free connection before it says so. */
const CONNECT_MS = 30_000;

function openPool({ url, poolSize = 10 }: { url: string | undefined; poolSize?: number }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'scorekeep',
    connectionTimeoutMillis: CONNECT_MS,
    // A statement whose client was killed lets go of its locks at once, not when it happens to end.
    onConnect: async (client) => {
      await client.query('set client_connection_check_interval = 100').catch(() => undefined);
    },
  });
  // An idle connection that breaks is replaced when it is next needed; unheard, its error would end the process.
  pool.on('error', (error) => publish('background.error', { where: 'pool', error }));
  const { connect } = pool;
  pool.connect = function (this: pg.Pool, ...callback: [Parameters<typeof connect>[0]]) {
    if (!pool.ending) return connect.apply(this, callback);
    if (callback[0] === undefined) return Promise.reject(hasStopped());
    return process.nextTick(callback[0], hasStopped(), undefined, () => undefined);
  } as typeof connect;
  return pool;
}

const hasStopped = (): ScorekeepError =>
  new ScorekeepError('STOPPED', 'This connection has been stopped; connect again.');

function assertOptions(options: ConnectOptions, schema: string): void {
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `connect(): ${message}`);
  if (!('pool' in options) && (typeof options.url !== 'string' || options.url === '')) {
    throw invalid('url is missing. Pass { url: "postgres://user:password@host:5432/database" } or { pool }.');
  }
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
    throw invalid(`schema must be a-z, 0-9 and _, at most 40 long, got ${JSON.stringify(schema)}`);
  }
  if (options.readUrl === '') throw invalid('readUrl is empty. Leave it out, or pass the URL of a standby.');
  if (options.batchSize !== undefined) assertLimit('batchSize', options.batchSize, 1, 1_000_000);
  if ('poolSize' in options && options.poolSize !== undefined) assertLimit('poolSize', options.poolSize, 2, 1_000);
}

/** One connection for each slice and each job under way, one for the sweep and one for everything else. */
function assertWorkers(workers: number, poolSize: number, projections: number, forJobs: number): void {
  assertLimit('workers', workers, 1, 1_000);
  const needed = workers * (forJobs > 0 ? projections : Math.max(1, projections)) + forJobs + 2;
  if (poolSize < needed) {
    const jobs = forJobs > 0 ? `, and jobs and parked items with ${forJobs} connections,` : '';
    throw new ScorekeepError(
      'POOL_TOO_SMALL',
      `${workers} workers for ${projections} projections${jobs} need a pool of ${needed}, it has ${poolSize}. Pass poolSize: ${needed}, or fewer workers.`,
      { workers, projections, forJobs, poolSize, needed },
    );
  }
}
