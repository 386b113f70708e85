/** From when on what is wrong. Shares are of 1, ages and durations in seconds. */
export interface Thresholds {
  /** The oldest that is ready. */
  readonly oldest: Two;
  /** How many are ready, if they also take longer than `drainSeconds`. */
  readonly backlog: Two;
  readonly drainSeconds: number;
  /** Dead letters within 15 minutes. */
  readonly deadLetters: Two;
  /** Share of attempts that are retries. */
  readonly retries: number;
  /** Of attempts at jobs one in twenty takes longer. A bucket's edge. */
  readonly processSeconds: number;
  /** Of jobs no more than a hundredth may wait longer. A bucket's edge. */
  readonly waitSeconds: number;
  /** A run under way. */
  readonly runSeconds: number;
  /** An event that a consumer has not handled. */
  readonly consumerSeconds: number;
  /** Since anybody looked at the schedules. */
  readonly scheduleSeconds: number;
  /** Share of the worker slots in use. */
  readonly utilization: number;
  /** Share of the connections in use. */
  readonly pool: number;
  readonly snapshotSeconds: Two;
  /** Share of tuples that are dead. */
  readonly deadTuples: number;
  readonly transactionSeconds: number;
  readonly bloatBytes: number;
  readonly backupSeconds: number;
  /** Findings of the host's authentication within 5 minutes. */
  readonly securityEvents: number;
  /** Delay of the event loop, 99th percentile. */
  readonly loopSeconds: Two;
  /** Share of the host's requests that end in 5xx. */
  readonly httpErrors: Two;
  /** 95th percentile of the host's requests. */
  readonly httpSeconds: number;
  /** Shares of the processors, the memory and any file system of a machine. */
  readonly cpu: Two;
  readonly memory: Two;
  readonly disk: Two;
}

/** From when on somebody should look, and from when on at once. */
export interface Two {
  readonly warning: number;
  readonly critical: number;
}

/**
 * Two presets: the least and the greatest that the five guides ask for, where they differ; where they say nothing, both
 * are ours. Spread one and change what you know better.
 */
export const PRESETS: { readonly strict: Thresholds; readonly relaxed: Thresholds } = {
  strict: {
    oldest: { warning: 60, critical: 300 },
    backlog: { warning: 100, critical: 500 },
    drainSeconds: 600,
    deadLetters: { warning: 0, critical: 100 },
    retries: 0.2,
    processSeconds: 5,
    waitSeconds: 5,
    runSeconds: 1_800,
    consumerSeconds: 60,
    scheduleSeconds: 120,
    utilization: 0.85,
    pool: 0.8,
    snapshotSeconds: { warning: 180, critical: 600 },
    deadTuples: 0.4,
    transactionSeconds: 300,
    bloatBytes: 1e9,
    backupSeconds: 26 * 3_600,
    securityEvents: 50,
    loopSeconds: { warning: 0.1, critical: 0.5 },
    httpErrors: { warning: 0.001, critical: 0.01 },
    httpSeconds: 0.5,
    cpu: { warning: 0.6, critical: 0.8 },
    memory: { warning: 0.7, critical: 0.85 },
    disk: { warning: 0.85, critical: 0.9 },
  },
  relaxed: {
    oldest: { warning: 300, critical: 1_800 },
    backlog: { warning: 500, critical: 1_000 },
    drainSeconds: 3_600,
    deadLetters: { warning: 0, critical: 100 },
    retries: 0.5,
    processSeconds: 300,
    waitSeconds: 30,
    runSeconds: 9_000,
    consumerSeconds: 300,
    scheduleSeconds: 120,
    utilization: 0.9,
    pool: 0.9,
    snapshotSeconds: { warning: 300, critical: 600 },
    deadTuples: 0.6,
    transactionSeconds: 900,
    bloatBytes: 5e9,
    backupSeconds: 8 * 86_400,
    securityEvents: 500,
    loopSeconds: { warning: 0.2, critical: 1 },
    httpErrors: { warning: 0.01, critical: 0.05 },
    httpSeconds: 2,
    cpu: { warning: 0.8, critical: 0.9 },
    memory: { warning: 0.85, critical: 0.9 },
    disk: { warning: 0.9, critical: 0.95 },
  },
};
