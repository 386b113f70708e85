import { type JobWithMetadata, PgBoss } from 'pg-boss';
import { type Facts, publish } from '../facts.ts';
import { quote } from '../postgres/identifiers.ts';
import { bossDatabase, type Sql, text } from '../postgres/sql.ts';
import { textArray } from '../postgres/text-array.ts';

/** The queues of one projection: its slices, its parked items, and those that failed for good. */
export interface Queues {
  readonly slices: string;
  readonly parked: string;
  readonly dead: string;
}

/** A parked item, by reference: the row stays where it is. */
export interface ParkedItem {
  readonly projection: number;
  readonly key: readonly string[];
}

/** The queues of a projection by its name and version: workers of two releases must not take each other's jobs. */
export const queuesOf = (projection: string): Queues => ({
  slices: `slices/${projection}`,
  parked: `parked/${projection}`,
  dead: `dead/${projection}`,
});

/** pg-boss for all that we ask of it. */
export interface Bosses {
  readonly boss: PgBoss;
  /** For the queues of slices: facts tell of these, so pg-boss need not observe them; it cannot be told by queue. */
  readonly slices: PgBoss;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/** pg-boss in a schema of its own beside ours, so that a host's pg-boss and ours never meet. */
export async function startBoss(
  connection: { connectionString: string } | { db: ReturnType<typeof bossDatabase> },
  { schema, createSchema }: { schema: string; createSchema: boolean },
): Promise<Bosses> {
  const observed: Facts['connection.opening'] = { schema };
  publish('connection.opening', observed);
  const common = {
    schema: `${schema}_jobs`,
    useListenNotify: 'connectionString' in connection,
    application_name: 'scorekeep-jobs',
  };
  const boss = new PgBoss({
    ...connection,
    ...common,
    migrate: createSchema,
    createSchema,
    // A job with a schedule may be defined in any process, so each takes part; of all of them one enqueues.
    schedule: true,
    flowIntervalSeconds: 1,
    max: BOSS_CONNECTIONS,
    // Unobserved it costs nothing: no spans, no metrics, no trace context in its tables.
    openTelemetry: observed.openTelemetry ?? { enabled: false },
  });
  await started(boss);
  if (observed.openTelemetry === undefined) return { boss, slices: boss, stop: () => boss.stop({ graceful: true }) };
  // On the connections of the first, but for one to listen on.
  const others = { supervise: false, schedule: false, migrate: false, openTelemetry: { enabled: false } };
  const slices = new PgBoss({ ...common, ...others, db: boss.getDb() });
  try {
    await started(slices);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return {
    boss,
    slices,
    async stop() {
      await slices.stop({ graceful: true, close: false });
      await boss.stop({ graceful: true });
    },
  };
}

function started(boss: PgBoss): Promise<unknown> {
  boss.on('error', (error) => publish('background.error', { where: 'pg-boss', error }));
  // Its message may quote a statement, so it stays here; pg-boss's dashboard shows it.
  boss.on('warning', () => publish('background.warning', { where: 'pg-boss' }));
  return boss.start();
}

/** pg-boss fetches, settles and supervises; the work itself runs on our pool. */
const BOSS_CONNECTIONS = 3;

/** Makes the queues of a projection over a log, or leaves them as they are. */
export async function createQueues(boss: PgBoss, queues: Queues): Promise<void> {
  await boss.createQueue(queues.dead);
  await boss.createQueue(queues.parked, {
    notify: true,
    retryLimit: PARKED_RETRIES,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    deadLetter: queues.dead,
  });
  await createSlices(boss, queues);
}

/** Makes the queue of a projection's slices, or leaves it as it is. */
export const createSlices = (boss: PgBoss, { slices }: Pick<Queues, 'slices'>): Promise<void> =>
  boss.createQueue(slices, { notify: true, deleteAfterSeconds: 3_600 });

/** A parked item is tried once more and then so many times again, each later than the last, before it is dead-lettered. */
const PARKED_RETRIES = 3;

/** What it is for a job that its attempt fails: another will follow, or it goes to the dead letters. */
export const failedAs = ({
  retryCount,
  retryLimit,
}: Pick<JobWithMetadata, 'retryCount' | 'retryLimit'>): 'failed' | 'dead' =>
  retryCount < retryLimit ? 'failed' : 'dead';

/**
 * Puts the jobs of slices into their queue, to be fetched in this order; the job has the slice's id and says nothing else. pg-boss
 * fetches jobs of one priority by the time of their creation, which is one here, and its index goes on by when they are due.
 */
export async function dispatchSlices(
  boss: PgBoss,
  tx: Sql,
  queues: Queues,
  slices: readonly string[],
  priority: number,
): Promise<void> {
  await boss.insert(
    queues.slices,
    slices.map((id, i) => ({ id, priority, startAfter: `-${slices.length - i} microseconds` })),
    { db: bossDatabase(tx) },
  );
}

/** Puts parked items into their queue. */
export async function dispatchParked(
  boss: PgBoss,
  tx: Sql,
  queue: string,
  items: readonly ParkedItem[],
): Promise<void> {
  const jobs = items.map((data) => ({ data }));
  await boss.insert(queue, jobs, { db: bossDatabase(tx) });
}

/** Deletes the jobs and the dead letters of parked items, but for jobs that are under way. */
export async function withdrawParked(
  boss: PgBoss,
  tx: Sql,
  schema: string,
  queues: Queues,
  items: readonly ParkedItem[],
): Promise<void> {
  const { rows } = await tx.query(
    `select name, id from ${quote(`${schema}_jobs`)}.job where name = any ($1) and state < 'active' and data = any ($2::jsonb[])`,
    [[queues.parked, queues.dead], textArray(items.map((item) => JSON.stringify(item)))],
  );
  for (const queue of [queues.parked, queues.dead]) {
    const ids = rows.filter((row) => row['name'] === queue).map((row) => text(row, 'id'));
    if (ids.length > 0) await boss.deleteJob(queue, ids, { db: bossDatabase(tx) });
  }
}

/**
 * Settles a slice's job in the slice's own transaction, whoever finished it and whatever state the job is in, so that
 * none is left behind when its worker was not the one that fetched it.
 */
export async function settleSlice(boss: PgBoss, tx: Sql, queues: Queues, slice: string): Promise<void> {
  await boss.complete(queues.slices, slice, null, { db: bossDatabase(tx), includeQueued: true });
}
