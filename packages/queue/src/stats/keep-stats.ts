import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Observation, observe, type PoolUse, poolUse, stopObserving } from './observer.ts';
import { readStats } from './read-stats.ts';
import type { Stats } from './stats.ts';

/** What a connection tells about the pipeline as a whole. */
export interface KeepStats {
  /** Everything that waits, runs and takes up room, of this moment and of all processes. Reads tables: not for every request. */
  stats(): Promise<Stats>;
  /**
   * The same for one process at a time, as a metric needs it: whoever asks first reads for `leaseSeconds` (at least 1)
   * from its last call, the others only learn how old its figures are. Ask with the same everywhere: a shorter lease takes over
   * from a longer one.
   */
  observe(options: { readonly leaseSeconds: number }): Promise<Observation>;
  /** Hands the reading to whoever asks next. */
  stopObserving(): Promise<void>;
  /** The connections of this process. */
  pool(): PoolUse;
}

export function statsOf(pool: pg.Pool, schema: string): KeepStats {
  const holder = randomUUID();
  return {
    stats: () => readStats(pool, schema),
    observe: ({ leaseSeconds }) => observe(pool, schema, holder, leaseSeconds),
    stopObserving: () => stopObserving(pool, schema, holder),
    pool: () => poolUse(pool),
  };
}
