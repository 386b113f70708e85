import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { JobWithMetadata } from 'pg-boss';
import { publish } from '../facts.ts';
import { classifyError, codeOf } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { preparedDatabase } from '../postgres/prepared.ts';
import { type Row, type Sql, text } from '../postgres/sql.ts';
import { BEGIN, transaction } from '../postgres/transaction.ts';
import { IN_ORDER } from './fetch-in-order.ts';
import { handlerTransaction } from './handler-transaction.ts';
import { deadlineOf } from './job-queue.ts';
import { type Outcome, safeCode, Unfinished, WORKER_LOST } from './outcome.ts';
import { isPaused, returnTokens, type Tokens, takeTokens } from './queue-state.ts';
import { runOne } from './run-handler.ts';
import { ClaimLost, isDead, settle } from './settle.ts';
import { beginning } from './take-batch.ts';
import { dropConnection } from './watch-connection.ts';
import { TimeIsUp, withDeadline } from './with-deadline.ts';
import { agedMs, collectTraces, type Lane, pollMs, type TraceContext, waitedMs } from './worker.ts';

/**
 * Works the jobs of a queue outside any transaction until told to stop: a claim commits first, the handler runs, and what it
 * leaves for the end commits with the acknowledgement if the claim still holds.
 */
export async function workClaimed(lane: Lane): Promise<void> {
  const { worker, job } = lane;
  const unanswered = new Set<Claim>();
  while (!worker.stopping.aborted) {
    try {
      const claimed = (await claimUnheard(lane, unanswered)) ?? (await claim(lane, unanswered));
      if (claimed === undefined || 'nextMs' in claimed)
        await worker.wake.sleep(job.queue, pollMs(claimed?.nextMs), worker.stopping);
      else {
        worker.wake.heard(job.queue);
        await workClaim(lane, claimed);
      }
    } catch (error) {
      publish('background.error', { where: `job ${job.name}`, error });
      await wait(PAUSE_MS * (1 + Math.random()), undefined, { signal: worker.stopping }).catch(() => undefined);
    }
  }
  await giveBackUnheard(lane, unanswered);
}

const PAUSE_MS = 200;

interface Claim {
  readonly claimed: JobWithMetadata;
  readonly traces: ReadonlyMap<string, TraceContext>;
  /** The id of the transaction that commits it. */
  readonly xid: string;
  /** Aborted when the session that it was made in is lost: others take it back then. */
  readonly lost: AbortSignal;
}

/**
 * A claim that went through although its commit was not answered: since its worker lives, nobody else would have the job before
 * its deadline. One that did not go through is forgotten; whoever claims its job next does so for the same attempt, so it is by
 * its transaction that a row is known.
 */
async function claimUnheard({ worker }: Lane, unanswered: Set<Claim>): Promise<Claim | undefined> {
  const { pool, schema } = worker;
  for (const claim of unanswered) {
    const { rows } = await pool.query<Row>(
      `select pg_visible_in_snapshot($2::xid8, pg_current_snapshot()) as ended,
         exists (select from ${quote(schema)}.job_claim where job = $1 and xmin = $2::xid8::xid) as held`,
      [claim.claimed.id, claim.xid],
    );
    // A server that has not noticed that its client is gone keeps the job locked, and may commit yet.
    if (rows[0]?.['ended'] === true) unanswered.delete(claim);
    if (rows[0]?.['held'] === true) return claim;
  }
  return undefined;
}

/**
 * Told to stop before it has heard of a claim: it would be left to whoever takes this worker for dead, and charged. Not for long, since
 * a database that is away keeps nobody from stopping.
 */
async function giveBackUnheard(lane: Lane, unanswered: Set<Claim>): Promise<void> {
  const { forced } = lane.worker;
  for (let looks = 0; unanswered.size > 0 && looks < LOOKS_MAX; looks++) {
    if (looks > 0) await wait(PAUSE_MS, undefined, { signal: forced }).catch(() => undefined);
    try {
      const claim = await claimUnheard(lane, unanswered);
      if (claim !== undefined) await settleClaim(lane, claim.claimed, STOPPED, [], forced);
    } catch (error) {
      publish('background.error', { where: `job ${lane.job.name}`, error });
    }
    if (forced.aborted) return;
  }
}

const LOOKS_MAX = 10;

/** Claims a job; or tells when its rate lets one be begun. What it commits is among the unanswered until it is told so. */
async function claim(
  { worker, job }: Lane,
  unanswered: Set<Claim>,
): Promise<Claim | Pick<Tokens, 'nextMs'> | undefined> {
  const { pool, schema, control, boss, statistics } = worker;
  const { rate, group, policy = 'standard' } = job.definition;
  // Before anything that tells which session it is.
  const lost = worker.claims();
  if (await isPaused(control, schema, job.queue)) return undefined;
  const bucket = rate && { perSecond: rate.perSecond, burst: rate.burst ?? Math.max(1, Math.ceil(rate.perSecond)) };
  const tokens = bucket && (await takeTokens(control, schema, job.queue, bucket, 1));
  if (tokens?.taken === 0) return { nextMs: tokens.nextMs };
  const traces = new Map<string, TraceContext>();
  const made = await transaction(
    pool,
    async (tx) => {
      // pg-boss counts the active jobs of a group before it claims; two that count at once would both find room.
      if (group !== undefined)
        await tx.query('select pg_advisory_xact_lock(hashtext($1), hashtext($2))', [schema, job.queue]);
      const fetched = boss.fetch<object>(job.queue, {
        includeMetadata: true,
        db: preparedDatabase(tx, collectTraces(traces)),
        ...(group === undefined ? {} : { groupConcurrency: group.limit }),
      });
      const [claimed] = await statistics.timed(job, fetched, ({ length }) => length);
      if (claimed === undefined) return undefined;
      const { rows } = await tx.query<Row>(
        `insert into ${quote(schema)}.job_claim (job, attempt, queue, worker, due_at) values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 second')
         returning pg_current_xact_id()::text as xid, exists (select from ${quote(schema)}.job_queue where name = $3 and paused_at is not null) as paused`,
        [claimed.id, claimed.retryCount, job.queue, control.worker, deadlineOf(job)],
      );
      if (rows[0]?.['paused'] === true) throw new Paused();
      const one: Claim = { claimed, traces, xid: text(rows[0], 'xid'), lost };
      unanswered.add(one);
      return one;
    },
    // The fetch for a group or a policy sorts more than what waits.
    group === undefined && policy === 'standard' ? `${BEGIN}; ${IN_ORDER}` : BEGIN,
  ).catch((error: unknown) => {
    if (error instanceof Paused) return undefined;
    throw error;
  });
  if (made !== undefined) unanswered.delete(made);
  else if (bucket !== undefined) await returnTokens(control, schema, job.queue, 1);
  return made;
}

/** Its job was paused after the look before the claim, which may have waited for a connection since. */
class Paused extends Error {}

async function workClaim(lane: Lane, { claimed, traces, lost }: Claim): Promise<void> {
  const { worker, job } = lane;
  const { queue } = job;
  const start = performance.now();
  publish('job.claimed', { queue, job: claimed.id, attempt: claimed.retryCount });
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), deadlineOf(job) * 1_000);
  const signal = AbortSignal.any([over.signal, worker.forced, lost]);
  const effects: Effect[] = [];
  const run = (): Promise<Outcome> =>
    runOne(job, claimed, { tx: undefined, signal, traces, onSettle: (effect) => effects.push(effect) });
  let outcome: Outcome;
  try {
    outcome = lost.aborted ? LOST : await untilLetGo(run(), signal, worker.forced);
  } catch (error) {
    outcome = new Unfinished('retry', safeCode(codeOf(error)));
  }
  if (worker.forced.aborted) outcome = STOPPED;
  try {
    outcome = await settleClaim(lane, claimed, outcome, effects, over.signal);
  } finally {
    clearTimeout(timer);
  }
  publish('job.settled', {
    queue,
    job: claimed.id,
    outcome: outcome instanceof Unfinished ? (isDead(claimed, outcome) ? 'dead' : 'retry') : 'ok',
    code: outcome instanceof Unfinished ? outcome.code : null,
    attempt: claimed.retryCount,
    waitMs: waitedMs(claimed),
    processMs: performance.now() - start,
    ageMs: agedMs(claimed) + performance.now() - start,
  });
}

const STOPPED = new Unfinished('later', 'STOPPED', 0);
/** Of a claim that was lost before it was begun. */
const LOST = new Unfinished('later', WORKER_LOST, 0);

type Effect = (tx: Sql) => Promise<unknown>;

/**
 * A handler that does not heed its signal is left to itself: at once when the process is told to stop by force, else after a
 * moment. Its job is somebody else's by then, and this lane is needed for it.
 */
async function untilLetGo<T>(work: Promise<T>, signal: AbortSignal, forced: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  work.catch(() => undefined);
  const letGo = (): void => reject(new TimeIsUp());
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (): void => {
    timer = setTimeout(letGo, HEED_MS);
  };
  signal.addEventListener('abort', onSignal, { once: true });
  forced.addEventListener('abort', letGo, { once: true });
  try {
    if (signal.aborted) onSignal();
    if (forced.aborted) letGo();
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onSignal);
    forced.removeEventListener('abort', letGo);
  }
}

/** How long a handler has to heed its signal. */
const HEED_MS = 1_000;

/**
 * Commits the effects with the acknowledgement, as often as the infrastructure makes it try. Answers the outcome that
 * committed: effects that the database refuses make it a retry.
 */
async function settleClaim(
  { worker, job }: Lane,
  claimed: JobWithMetadata,
  outcome: Outcome,
  effects: readonly Effect[],
  overdue: AbortSignal,
): Promise<Outcome> {
  const { pool, schema, boss, statistics } = worker;
  const seconds = deadlineOf(job);
  let wanted = outcome;
  for (let pause = PAUSE_MS; ; pause = Math.min(5_000, pause * 2)) {
    let effecting = false;
    try {
      await transaction(
        pool,
        async (tx) => {
          const { rowCount } = await tx.query(
            `delete from ${quote(schema)}.job_claim where job = $1 and attempt = $2`,
            [claimed.id, claimed.retryCount],
          );
          if (rowCount !== 1) throw new ClaimLost('the claim was lost');
          effecting = true;
          if (!(wanted instanceof Unfinished)) await perform(tx, effects, seconds, worker.forced);
          effecting = false;
          await settle({ boss, db: preparedDatabase(tx), schema, job, statistics }, [claimed], [wanted]);
          publish('job.written', { queue: job.queue, jobs: 1 });
        },
        beginning(seconds),
      );
      return wanted;
    } catch (error) {
      // A lost connection at the commit may hide that it went through; then the claim is gone, as it is when it was reaped.
      if (error instanceof ClaimLost) throw error;
      if (effecting && worker.forced.aborted) wanted = STOPPED;
      else if (effecting && classifyError(error) !== 'retry') wanted = new Unfinished('retry', safeCode(codeOf(error)));
      // Effects that time out each time: whoever looks for claims that are overdue takes this one back.
      else if (worker.forced.aborted || (effecting && overdue.aborted)) throw error;
      publish('job.interrupted', { queue: job.queue, code: safeCode(codeOf(error)) });
      await wait(pause, undefined, { signal: worker.forced }).catch(() => undefined);
    }
  }
}

/** Effects in the transaction of the acknowledgement: they hold its claim locked, so they end in time or are undone. */
async function perform(
  client: pg.PoolClient,
  effects: readonly Effect[],
  seconds: number,
  forced: AbortSignal,
): Promise<void> {
  if (effects.length === 0) return;
  const tx = handlerTransaction(client);
  const all = async (): Promise<void> => {
    const call = tx.open();
    for (const effect of effects) await effect(call.sql);
    await call.assertSound();
    // What is deferred to the commit would be refused there, when it cannot be told any more whose fault it is.
    await client.query('set constraints all immediate');
  };
  const drop = (): void => dropConnection(client);
  // A statement under way would hold the rollback up.
  forced.addEventListener('abort', drop, { once: true });
  try {
    await withDeadline(all(), seconds, new AbortController(), forced);
  } finally {
    forced.removeEventListener('abort', drop);
    tx.close();
  }
}
