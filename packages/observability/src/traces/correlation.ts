import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, createContextKey } from '@opentelemetry/api';

/** What the code that runs now is part of. */
export interface Correlation {
  /** The same from the request to the last retry of what it caused. */
  readonly correlation_id: string;
  readonly run?: string;
  readonly slice?: string;
  readonly queue?: string;
  readonly job?: string;
  readonly attempt?: number;
}

const storage = new AsyncLocalStorage<Correlation>();

/**
 * What the code that calls this is part of; undefined outside of everything. Works with or without an SDK, but inside a
 * job that pg-boss hands out, where it takes the SDK's context.
 */
export function correlation(): Correlation | undefined {
  const id = context.active().getValue(KEY);
  return storage.getStore() ?? (typeof id === 'string' ? { correlation_id: id } : undefined);
}

/** A context that carries a correlation id to where only OpenTelemetry's context goes. */
export const contextWithCorrelation = (parent: Context, id: string): Context => parent.setValue(KEY, id);

/** The correlation id that a context carries. */
export const correlationIn = (from: Context): string | undefined => from.getValue(KEY) as string | undefined;

const KEY = createContextKey('scorekeep.correlation');

/** Does the work as part of something. */
export const correlated = <T>(to: Correlation, work: () => T): T => storage.run(to, work);

/**
 * Does the work under a correlation id, such as that of a request: all that it causes logs it, across runs, jobs, their
 * retries and dead letters. An id is at most 128 letters, digits and `._:-`; any other is replaced by one that is.
 */
export const withCorrelation = <T>(id: string, work: () => T): T =>
  correlated({ ...correlation(), correlation_id: isCorrelationId(id) ? id : crypto.randomUUID() }, work);

/** Ids come back from the database and go into headers and logs, so they are held to an alphabet. */
export const isCorrelationId = (id: unknown): id is string => typeof id === 'string' && /^[\w.:-]{1,128}$/.test(id);
