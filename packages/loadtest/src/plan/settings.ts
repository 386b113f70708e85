import type { Plan, PlanOptions } from './plan.ts';
import { batchCost, batchSize, poolSize } from './sizing.ts';
import type { Throughput } from './throughput-schema.ts';

/** What to set for a plan. */
export interface Settings {
  /** Worker processes. */
  readonly replicas: number;
  /** Slices that each has in hand at once: rules keep a core and a connection busy, so one. */
  readonly workers: number;
  /** Jobs that each has in hand at once, where a handler of the host's takes time. */
  readonly concurrency?: number;
  /** Connections of each process. */
  readonly poolSize: number;
  /** Items of a slice; without it `connect` adapts the size by itself. Handlers are given jobs, and no slices. */
  readonly batchSize?: number;
}

/**
 * The settings of a plan. A job in a transaction holds a connection for as long as its handler takes, so the pool has one for
 * each; `connect` refuses fewer than two beside the work.
 */
export function settingsOf(
  planned: Extract<Plan, { ok: true }>,
  { handlerMs = 0, concurrency = 1 }: Pick<PlanOptions, 'handlerMs' | 'concurrency'>,
  { batches = [] }: Pick<Throughput, 'batches'>,
): Settings {
  const handles = handlerMs > 0;
  const sizes = new Set(batches.map(({ items }) => items)).size;
  return {
    replicas: planned.workers,
    workers: 1,
    ...(handles ? { concurrency } : {}),
    poolSize: Math.max(POOL_MIN, poolSize(1, handles ? concurrency + 1 : 1, 1)),
    ...(handles || sizes < 3 ? {} : { batchSize: batchSize(batchCost(batches), TAKEOVER_MS) }),
  };
}

/** What a process of the example hosts needs at least, and refuses to go below. */
const POOL_MIN = 6;

/** A tenth of it, which a batch may take, is the 0.4 s that `connect` aims at, so that a dead worker's slice is soon done again. */
const TAKEOVER_MS = 4_000;

/** As lines of an `.env` file, by the names that the example hosts read. */
export const envText = (settings: Settings): string =>
  `WORKER_REPLICAS=${settings.replicas}\n${variables(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')}`;

/** As a part of a compose file. */
export const composeText = (settings: Settings): string =>
  `services:
  worker:
    deploy:
      replicas: ${settings.replicas}
    environment:
${variables(settings)
  .map(([name, value, what]) => `      ${name}: ${value} # ${what}\n`)
  .join('')}`;

function variables(settings: Settings): readonly (readonly [name: string, value: number, what: string])[] {
  const { workers, concurrency, poolSize: pool, batchSize: batch } = settings;
  return [
    ['WORKERS', workers, 'keep.start({ workers })'],
    ...(concurrency === undefined ? [] : [['JOB_WORKERS', concurrency, 'workers of the job'] as const]),
    ['DATABASE_POOL_SIZE', pool, 'connect({ poolSize })'],
    ...(batch === undefined ? [] : [['BATCH_SIZE', batch, 'connect({ batchSize }), which adapts without'] as const]),
  ];
}
