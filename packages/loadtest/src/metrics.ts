/** What can be measured, by the way it is judged. A name that is not here is a mistake wherever it stands. */
export const METRICS = {
  /** Must be 0, whatever a budget says. */
  invariants: {
    'rows.lost': 'rows without a score',
    'rows.duplicated': 'rows scored more than once',
    'rows.mis_scored': 'rows whose score differs from an independent computation',
    'connections.leaked': 'connections that are left after the run',
    'jobs.lost': 'accepted jobs that are not in exactly one place',
    'jobs.not_once': 'done jobs whose effect is not there exactly once',
    'jobs.miscounted': 'how far the effects of jobs are from adding up to what they must',
    'jobs.unfounded': 'effects without a done job',
    'jobs.charged': 'jobs with a try charged that was the fault of the infrastructure',
    'jobs.orphaned': 'jobs claimed by nobody living',
    'jobs.misjudged': 'jobs in the dead letters that nobody had poisoned',
    'workers.outgrown': 'looks at worker processes that showed more memory or connections than they may have',
  },
  /** Wall-clock time and shares, held against a fixed limit. */
  slo: {
    'drain.seconds': 'from the first job to the last result',
    'enqueue.seconds': 'to queue all of it, commit to commit',
    'trigger.p95_ms': 'answer to the request that starts a run',
    'throughput.per_second': 'results per second',
    'worker.per_minute': 'results per minute of the slowest worker',
    'worker.fairness': 'results of the fastest worker over those of the slowest',
    'latency.p50_ms': 'from the intended start to the answer',
    'latency.p95_ms': 'from the intended start to the answer',
    'latency.p99_ms': 'from the intended start to the answer',
    'latency.max_ms': 'from the intended start to the answer',
    'end_to_end.p95_ms': 'from the commit of the event to the commit of its result',
    'error.rate': 'share of items that failed',
    'processed.share': 'share of what was offered that was processed in time',
    'backlog.max': 'most items waiting at once',
    'recovery.seconds': 'from the death of a worker until others had settled what it had in hand',
    'connections.max': 'most database connections at once',
    'backlog.growth_per_minute': 'items that more wait with each minute, 0 where fewer do',
    'memory.growth_mib_per_minute': 'MiB that the host holds more with each minute',
    'dead_tuples.growth_per_minute': 'row versions that more are to be vacuumed with each minute',
    'disk.growth_mib_per_minute': 'MiB that the database is larger with each minute, without its log',
  },
  /** Work per thousand items, the same on every machine. */
  counters: {
    'pg.statements_per_1k': 'statements',
    'pg.transactions_per_1k': 'transactions',
    'pg.wal_records_per_1k': 'records of the write-ahead log',
    'pg.wal_bytes_per_1k': 'bytes of the write-ahead log without full pages',
    'pg.blocks_per_1k': 'buffers read or found',
    'jobs.per_1k': 'jobs',
  },
  /** Cost against another build on the same machine at the same time. */
  relative: {
    'cpu.ms_per_1k': 'CPU time of Node and Postgres',
    'wall.ms_per_1k': 'wall-clock time',
  },
} as const;

export type InvariantMetric = keyof (typeof METRICS)['invariants'];
export type SloMetric = keyof (typeof METRICS)['slo'];
export type CounterMetric = keyof (typeof METRICS)['counters'];
export type RelativeMetric = keyof (typeof METRICS)['relative'];
export type Metric = InvariantMetric | SloMetric | CounterMetric | RelativeMetric;

/** What every scenario has that works on rows, and is checked unless a budget names others. */
export const OF_ROWS: readonly InvariantMetric[] = [
  'rows.lost',
  'rows.duplicated',
  'rows.mis_scored',
  'connections.leaked',
];

/** The names of a kind, for schemas. */
export const namesOf = <Kind extends keyof typeof METRICS>(kind: Kind): (keyof (typeof METRICS)[Kind] & string)[] =>
  Object.keys(METRICS[kind]) as (keyof (typeof METRICS)[Kind] & string)[];

/** Metrics of which more is better; of all others less is. */
export const MORE_IS_BETTER: ReadonlySet<Metric> = new Set<Metric>([
  'throughput.per_second',
  'worker.per_minute',
  'processed.share',
]);

/**
 * Metrics that a noisy machine can only worsen, so that the best window is the fairest: durations and rates. What counts
 * faults is judged by its worst, and so is what has to be quick every time.
 */
export const BEST_WINDOW: ReadonlySet<SloMetric> = new Set<SloMetric>([
  'drain.seconds',
  'enqueue.seconds',
  'trigger.p95_ms',
  'throughput.per_second',
  'worker.per_minute',
  'latency.p50_ms',
  'latency.p95_ms',
  'latency.p99_ms',
  'latency.max_ms',
  'end_to_end.p95_ms',
]);
