import type { InferInput, InferOutput, StandardSchema } from '@scorekeep/core/events';
import type { Sql } from '../postgres/sql.ts';
import { assertDefinition } from './check-definition.ts';
import type { HandlerSql } from './handler-transaction.ts';

/** An intent: something to be done later, once, by whichever worker is free. */
export interface Job<Input = unknown, Payload = Input> {
  readonly name: string;
  /** The pg-boss queue of its jobs, and that of its dead letters. */
  readonly queue: string;
  readonly deadQueue: string;
  readonly definition: JobDefinition<Payload>;
  /** Its queue holds payloads as they are, without the envelope of a version: Scorekeep's own do. */
  readonly bare?: boolean;
  /** Only for the compiler: what {@link KeepJobs.enqueue} takes. */
  readonly takes?: (input: Input) => void;
}

/** What a job is and how it is worked. Give `run` or `runBatch`. */
export interface JobDefinition<Payload = unknown> {
  /** Any Standard Schema: zod, valibot, arktype. Checked when it is enqueued and again, after upcasting, before it runs. */
  readonly schema?: StandardSchema;
  /** The version of the schema, from 1; stored with each payload. Default 1. */
  readonly version?: number;
  /** From a version to the next: how to make a payload of the newer one. A payload without a way up is dead-lettered. */
  readonly upcast?: Readonly<Record<number, (payload: unknown) => unknown>>;
  /**
   * - `transactional` (default): claim, effects and acknowledgement commit in one transaction, exactly once.
   * - `claimed`: for work that outlives a transaction, or has effects outside the database: at least once, with an
   *   idempotency key; what it writes through {@link JobContext.onSettle} commits with the acknowledgement.
   */
  readonly mode?: 'transactional' | 'claimed';
  readonly retry?: RetryDefinition;
  /** Higher goes first; a number or one for each payload. Default 0. */
  readonly priority?: number | ((payload: Payload) => number);
  /** Most seconds for a batch (transactional) or a job (claimed), 1 to 86 400. Default 30, claimed 900. */
  readonly deadline?: number;
  /** The idempotency key of a payload: as long as a job with it is kept, enqueueing another is a duplicate. */
  readonly unique?: (payload: Payload) => string;
  /** Jobs of one group never exceed `limit` at a time, over all processes. Claimed mode only. */
  readonly group?: { readonly by: (payload: Payload) => string; readonly limit: number };
  /** pg-boss's queue policy. Other than `standard` in claimed mode only; with `key` as its singletonKey. */
  readonly policy?: 'standard' | 'short' | 'singleton' | 'stately' | 'exclusive' | 'key_strict_fifo';
  readonly key?: (payload: Payload) => string;
  /** Enqueues a job by itself. */
  readonly schedule?: ScheduleDefinition;
  /** Most jobs begun in a second, over all processes, and how many may be saved up (default: as many). */
  readonly rate?: { readonly perSecond: number; readonly burst?: number };
  /** Most jobs waiting; beyond it an enqueue is refused. Default: no limit but the disk. */
  readonly backlog?: number;
  /** Jobs taken into one transaction, 1 to 1000. Default 1 with `run`, 100 with `runBatch`; claimed: always 1. */
  readonly batch?: number;
  /** Most bytes of a payload as JSON, up to 1 MiB. Default 64 KiB. */
  readonly bytes?: number;
  /**
   * How long done jobs, and with them their keys, are kept. Default 7 days. 0: deleted with their acknowledgement, but for a thousand
   * or so where many come, which Postgres plans by, and those that failed. Not beside `unique` or `schedule`, nor with a `key` or in a flow:
   * these ask whether a job has been done.
   */
  readonly keepSeconds?: number;
  /** Batches worked at a time in one process, 1 to 100. Default 1. */
  readonly workers?: number;
  /** Answers {@link retry} or {@link dead}, or throws, to be not done; anything else is done. */
  readonly run?: (payload: Payload, context: JobContext) => unknown;
  /**
   * Several at once, for statements over sets. Answers an array with `retry`, `dead` or nothing for each payload, in order; or
   * nothing: all done. When it throws, the batch is halved until the culprit is alone.
   */
  readonly runBatch?: (payloads: readonly Payload[], context: BatchContext) => unknown;
}

/** How often a job is tried. A fault of the infrastructure is no attempt. */
interface RetryDefinition {
  /** Tries after the first, 0 to 100. Default 5. */
  readonly limit?: number;
  /** Seconds before the second try; doubled with each, with jitter. Default 1. */
  readonly delay?: number;
  /** Most seconds between tries. Default 300. */
  readonly delayMax?: number;
  /** False for the same delay each time. Default true. */
  readonly backoff?: boolean;
  /** A job that was alone in hand so many times when its process died is dead-lettered. Default 3. */
  readonly crashes?: number;
}

/** When a job is enqueued by itself: cron, or an RFC 5545 rule. */
interface ScheduleDefinition {
  readonly cron: string;
  /** An IANA time zone. Default UTC. */
  readonly tz?: string;
  /** One job for what came due while no process ran. Default false: missed is missed. */
  readonly catchUp?: boolean;
  /** What each of these jobs is given; checked at the start. Each is a job of its own, whatever `unique` says. */
  readonly payload: unknown;
}

/** What a handler is given besides the payload. */
export interface JobContext {
  readonly id: string;
  /** From 0. */
  readonly attempt: number;
  /** The same for every try and every redrive of this job: give it to whatever has effects outside the database. */
  readonly idempotencyKey: string;
  /** Aborted when the time is up, the claim is lost or the process is told to stop by force. */
  readonly signal: AbortSignal;
  /** Transactional mode: the transaction that the acknowledgement commits with. In claimed mode a call is refused. */
  readonly tx: HandlerSql;
  /** Claimed mode: statements to commit with the acknowledgement, only if the claim still holds. */
  onSettle(effect: (tx: Sql) => Promise<unknown>): void;
}

/** What a batch handler is given besides the payloads. */
export interface BatchContext {
  readonly jobs: readonly Pick<JobContext, 'id' | 'attempt' | 'idempotencyKey'>[];
  readonly signal: AbortSignal;
  readonly tx: HandlerSql;
}

/**
 * Defines a job. The name is that of its queue: workers of all processes share it.
 *
 * @throws ScorekeepError DEFINITION_INVALID naming what is wrong, or what pg-boss cannot honour and why
 */
export function job<S extends StandardSchema>(
  name: string,
  definition: JobDefinition<InferOutput<S>> & { readonly schema: S },
): Job<InferInput<S>, InferOutput<S>>;
export function job<Payload = unknown>(name: string, definition: JobDefinition<Payload>): Job<Payload>;
export function job<Payload>(name: string, definition: JobDefinition<Payload>): Job<Payload> {
  assertDefinition(name, definition as JobDefinition);
  return Object.freeze({ name, queue: `jobs/${name}`, deadQueue: `dead/jobs/${name}`, definition });
}
