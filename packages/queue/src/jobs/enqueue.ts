import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import { publish } from '../facts.ts';
import { newId } from '../postgres/new-id.ts';
import { bossDatabase, type Sql } from '../postgres/sql.ts';
import { type Backlog, RETRY_AFTER_SECONDS } from './backlog.ts';
import { ASKS } from './check-definition.ts';
import { type Envelope, type SealFault, seal } from './envelope.ts';
import type { Job, JobDefinition } from './job.ts';
import { jobIdOf } from './job-id.ts';
import { BYTES_DEFAULT } from './payload.ts';
import type { Wake } from './wake.ts';

/** What became of a payload. Only `accepted` is a new job; nothing else has any effect. */
export type Receipt =
  | { readonly state: 'accepted'; readonly id: string }
  /**
   * A job with this key is there already, waiting, done or dead. Or the policy of the queue lets no second one wait; then the id is
   * nobody's.
   */
  | { readonly state: 'duplicate'; readonly id: string }
  /** The payload, or what was to be made of it, is not fit to be stored; `at` is a JSON pointer. */
  | { readonly state: 'rejected'; readonly reason: SealFault['reason'] | 'key' | 'priority'; readonly at: string }
  /** The queue is full: back off. */
  | Refused;

/** Nothing was enqueued, since the queue is full. */
export interface Refused {
  readonly state: 'refused';
  readonly reason: 'backlog';
  readonly retryAfterSeconds: number;
}

/** How a job is enqueued. */
export interface EnqueueOptions {
  /**
   * The host's transaction: nothing is enqueued unless it commits. A `pg` client, or what `fromKysely`, `fromDrizzle`,
   * `fromPrisma` or `fromKnex` make of a transaction of theirs.
   */
  readonly tx?: Sql | Db;
  /** The idempotency key, in place of the job's `unique`. 1 to 255 characters. */
  readonly key?: string;
  /** Seconds from now, or a point in time, before which the job is not begun. */
  readonly startAfter?: number | Date;
  /** Higher goes first, in place of the job's `priority`. */
  readonly priority?: number;
}

/** What enqueueing needs. */
export interface Enqueuer {
  readonly boss: PgBoss;
  /** For statements without a transaction of the caller; prepared. */
  readonly db: Db;
  readonly wake: Wake;
  readonly backlog: Backlog;
  /** Inserts jobs without a transaction; may put those of several callers into one statement. Answers the new ids. */
  readonly insert: (queue: string, jobs: readonly JobInsert[]) => Promise<ReadonlySet<string>>;
}

export const REFUSED: Refused = { state: 'refused', reason: 'backlog', retryAfterSeconds: RETRY_AFTER_SECONDS };

/** Most payloads of one call. */
const PAYLOADS_MAX = 10_000;

/**
 * Enqueues payloads in one statement, each judged alone: a receipt for each, in order. With a transaction, `accepted` holds
 * once it commits.
 *
 * @throws ScorekeepError DEFINITION_INVALID when the options, not a payload, are wrong
 */
export async function enqueueAll(
  enqueuer: Enqueuer,
  job: Job<never, never>,
  payloads: readonly unknown[],
  options: EnqueueOptions,
): Promise<Receipt[]> {
  assertOptions(job, payloads.length, options);
  const { queue, definition } = job;
  const receipts: Receipt[] = [];
  const fit: { readonly index: number; readonly insert: JobInsert & { id: string } }[] = [];
  for (const [index, payload] of payloads.entries()) {
    const prepared = await prepare(job, payload, options);
    if ('state' in prepared) receipts[index] = prepared;
    else fit.push({ index, insert: prepared });
  }
  assertTogether(
    job,
    fit.map(({ insert }) => insert),
  );
  const wanted = new Set(fit.map(({ insert }) => insert.id)).size;
  const most = definition.backlog;
  const room = most === undefined || wanted === 0 ? wanted : await enqueuer.backlog.take(queue, most, wanted);
  const inserts = new Map<string, JobInsert>();
  const indexes = new Map<string, number>();
  for (const { index, insert } of fit) {
    const { id } = insert;
    if (inserts.has(id)) receipts[index] = { state: 'duplicate', id };
    else if (inserts.size >= room) receipts[index] = REFUSED;
    else {
      inserts.set(id, insert);
      indexes.set(id, index);
    }
  }
  let fresh: ReadonlySet<string> = new Set();
  try {
    if (inserts.size > 0) fresh = await put(enqueuer, queue, [...inserts.values()], options.tx);
  } finally {
    if (most !== undefined) enqueuer.backlog.use(queue, room, fresh.size);
  }
  for (const [id, index] of indexes) receipts[index] = { state: fresh.has(id) ? 'accepted' : 'duplicate', id };
  if (fresh.size > 0 && options.tx !== undefined) enqueuer.wake.soon(queue);
  else if (fresh.size > 0 && isDue(options.startAfter)) enqueuer.wake.now(queue);
  publish('job.enqueued', {
    queue,
    accepted: fresh.size,
    duplicate: receipts.filter(({ state }) => state === 'duplicate').length,
    refused: receipts.filter(({ state }) => state === 'refused').length,
    rejected: receipts.filter(({ state }) => state === 'rejected').length,
  });
  return receipts;
}

async function put(
  enqueuer: Enqueuer,
  queue: string,
  jobs: readonly JobInsert[],
  tx: Sql | Db | undefined,
): Promise<ReadonlySet<string>> {
  if (tx === undefined) return enqueuer.insert(queue, jobs);
  const ids = await enqueuer.boss.insert(queue, [...jobs], { db: databaseOf(tx), returnId: true });
  return new Set(ids ?? []);
}

/** What pg-boss takes, of whatever the host's transaction is. */
export const databaseOf = (tx: Sql | Db): Db => ('executeSql' in tx ? tx : bossDatabase(tx));

/** A payload as a job to insert, or why it cannot be one. */
export async function prepare(
  job: Job<never, never>,
  payload: unknown,
  options: EnqueueOptions,
): Promise<(JobInsert<Envelope> & { id: string }) | (Receipt & { state: 'rejected' })> {
  const sealed = await seal(job, payload);
  if ('reason' in sealed) return { state: 'rejected', ...sealed };
  const definition: JobDefinition = job.definition as never;
  const made = attempt(() => ({
    key: options.key ?? definition.unique?.(sealed.payload),
    priority:
      options.priority ??
      (typeof definition.priority === 'function' ? definition.priority(sealed.payload) : (definition.priority ?? 0)),
    group: definition.group?.by(sealed.payload),
    singletonKey: definition.key?.(sealed.payload),
  }));
  if (made === undefined) return { state: 'rejected', reason: 'key', at: '' };
  const { key, priority, group, singletonKey } = made;
  if (![key, group, singletonKey].every((text) => text === undefined || isKey(text))) {
    return { state: 'rejected', reason: 'key', at: '' };
  }
  if (!Number.isInteger(priority) || Math.abs(priority) > 1_000_000) {
    return { state: 'rejected', reason: 'priority', at: '' };
  }
  const { startAfter } = options;
  // To the millisecond, since Postgres reads no interval in the form that a very small number has.
  return {
    id: key === undefined ? newId() : jobIdOf(job.queue, key),
    data: sealed.envelope,
    priority,
    ...(startAfter === undefined
      ? {}
      : { startAfter: startAfter instanceof Date ? startAfter.toISOString() : Math.round(startAfter * 1_000) / 1_000 }),
    ...(group === undefined ? {} : { group: { id: group } }),
    ...(singletonKey === undefined ? {} : { singletonKey }),
  };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

export const isKey = (text: unknown): boolean =>
  typeof text === 'string' && text.length > 0 && text.length <= 255 && text.isWellFormed() && !text.includes('\0');

const isDue = (startAfter: number | Date | undefined): boolean =>
  startAfter === undefined || (typeof startAfter === 'number' && startAfter <= 0);

function assertOptions(
  { name, definition }: Job<never, never>,
  payloads: number,
  { key, startAfter, priority }: EnqueueOptions,
): void {
  const invalid = (problem: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `enqueue("${name}"): ${problem}`);
  if (payloads > PAYLOADS_MAX) throw invalid(`at most ${PAYLOADS_MAX} payloads in one call, got ${payloads}`);
  if (key !== undefined && payloads > 1) throw invalid('a key is for one payload; give the job `unique` for several');
  if (key !== undefined && !isKey(key)) throw invalid('a key is 1 to 255 well-formed characters');
  if (key !== undefined && definition.keepSeconds === 0) {
    throw invalid(`a key needs keepSeconds of 1 or more: ${ASKS}`);
  }
  if (priority !== undefined && (!Number.isInteger(priority) || Math.abs(priority) > 1_000_000)) {
    throw invalid(`priority must be an integer from -1000000 to 1000000, got ${String(priority)}`);
  }
  if (startAfter !== undefined && !isTime(startAfter)) {
    throw invalid('startAfter is 0 to 31536000 seconds, or a valid Date of the years 1 to 9999');
  }
}

/** They are one text, of which neither Node nor Postgres takes any size. Counted only where there could be too much. */
function assertTogether({ name, definition }: Job<never, never>, inserts: readonly JobInsert[]): void {
  if (inserts.length * (definition.bytes ?? BYTES_DEFAULT) <= TOGETHER_BYTES_MAX) return;
  const bytes = inserts.reduce((sum, { data }) => sum + Buffer.byteLength(JSON.stringify(data)), 0);
  if (bytes <= TOGETHER_BYTES_MAX) return;
  throw new ScorekeepError(
    'DEFINITION_INVALID',
    `enqueue("${name}"): the payloads of one call are at most ${TOGETHER_BYTES_MAX} bytes together, got ${bytes}. Make several calls.`,
  );
}

/** Most bytes of the payloads of one call. */
const TOGETHER_BYTES_MAX = 128 * 1024 * 1024;

/** Postgres reads no other years in the form that a Date gives them. */
const isTime = (startAfter: unknown): boolean =>
  startAfter instanceof Date
    ? startAfter.getTime() >= Date.parse('0001-01-01') && startAfter.getTime() < Date.UTC(10_000, 0)
    : typeof startAfter === 'number' && startAfter >= 0 && startAfter <= YEAR;

const YEAR = 31_536_000;
