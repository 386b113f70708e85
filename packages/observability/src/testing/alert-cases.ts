import type { AnyMetric } from '../alerts/index.ts';

/** A metric that Prometheus or node_exporter names. */
export type ForeignMetric = 'up' | `node_${string}`;

/** A series of a minute's interval: metric, part, labels, and values in promtool's notation. */
export type Series = readonly [
  metric: AnyMetric | ForeignMetric,
  labels: string,
  values: string,
  part?: 'bucket' | 'count',
];

/** What makes an alert fire, when it fires, and when, the cause being over, it does not any more. In minutes. */
export interface AlertCase {
  readonly series: readonly Series[];
  readonly fires: number;
  readonly over: number;
}

const QUEUE = 'messaging_destination_name="slices/points_v1"';
const READY = `${QUEUE},scorekeep_state="ready"`;
const DEAD = 'messaging_destination_name="dead/points_v1",scorekeep_state="ready"';
const JOB = 'messaging_destination_name="jobs/reward"';
const POOL = 'db_client_connection_pool_name="scorekeep"';
const gauge = (metric: AnyMetric, labels: string, bad: number, good: number, minutes = 20): AlertCase => ({
  series: [[metric, labels, `${bad}x${minutes} ${good}x${minutes + 20}`]],
  fires: minutes,
  over: minutes + 15,
});
const waiting = (ready: number, drain: number): AlertCase => ({
  series: [
    ['scorekeep.queue.messages', READY, `${ready}x30 0x30`],
    ['scorekeep.queue.drain.estimate', QUEUE, `${drain}x30 0x30`],
  ],
  fires: 25,
  over: 45,
});
/** So many seconds of a minute that a processor has nothing to do, then almost all of it. */
const idle = (seconds: number): AlertCase => ({
  series: [['node_cpu_seconds_total', 'instance="a",mode="idle"', `0+${seconds}x30 ${30 * seconds}+58x30`]],
  fires: 25,
  over: 55,
});
const memory = (available: number): AlertCase => ({
  series: [
    ['node_memory_MemAvailable_bytes', 'instance="a"', `${available}x20 90x30`],
    ['node_memory_MemTotal_bytes', 'instance="a"', '100x50'],
  ],
  fires: 15,
  over: 35,
});
const disk = (available: number): AlertCase => ({
  series: [
    ['node_filesystem_avail_bytes', 'instance="a",mountpoint="/",fstype="ext4"', `${available}x20 90x30`],
    ['node_filesystem_size_bytes', 'instance="a",mountpoint="/",fstype="ext4"', '100x50'],
  ],
  fires: 15,
  over: 35,
});
const errors = (perMinute: number): AlertCase => ({
  series: [
    [
      'http.server.request.duration',
      'job="api",http_response_status_code="500"',
      `0+${perMinute}x30 ${30 * perMinute}x40`,
      'count',
    ],
    ['http.server.request.duration', 'job="api",http_response_status_code="200"', '0+600x70', 'count'],
  ],
  fires: 20,
  over: 60,
});

/** One case for each alert, with the strict preset. */
export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  ScorekeepQueueOld: gauge('scorekeep.queue.oldest.age', QUEUE, 90, 0),
  ScorekeepQueueVeryOld: gauge('scorekeep.queue.oldest.age', QUEUE, 400, 0),
  ScorekeepQueueStalled: waiting(5, 31_536_000),
  ScorekeepBacklog: waiting(150, 700),
  ScorekeepBacklogLarge: waiting(600, 700),
  ScorekeepDeadLetters: { series: [['scorekeep.queue.messages', DEAD, '0x5 3x60']], fires: 10, over: 40 },
  ScorekeepDeadLettersMany: { series: [['scorekeep.queue.messages', DEAD, '0x5 200x60']], fires: 14, over: 40 },
  ScorekeepRetries: {
    series: [
      ['scorekeep.attempts', `${QUEUE},scorekeep_outcome="retry"`, '0+1x30 30x40'],
      ['scorekeep.attempts', `${QUEUE},scorekeep_outcome="expired"`, '0+1x30 30x40'],
      ['scorekeep.attempts', `${QUEUE},scorekeep_outcome="success"`, '0+6x70'],
    ],
    fires: 25,
    over: 55,
  },
  ScorekeepJobsSlow: {
    series: [
      ['messaging.process.duration', `${JOB},le="5"`, '0x40 0+60x40', 'bucket'],
      ['messaging.process.duration', `${JOB},le="7.5"`, '0+60x80', 'bucket'],
      ['messaging.process.duration', `${JOB},le="+Inf"`, '0+60x80', 'bucket'],
    ],
    fires: 35,
    over: 70,
  },
  ScorekeepWaitBurn: {
    series: [
      // As Prometheus 2 and 3 store them.
      ['scorekeep.wait.duration', `${JOB},instance="a",le="5"`, '0+1x90 90+5x100', 'bucket'],
      ['scorekeep.wait.duration', `${JOB},instance="b",le="5.0"`, '0+1x90 90+5x100', 'bucket'],
      ['scorekeep.wait.duration', JOB, '0+10x190', 'count'],
    ],
    fires: 80,
    over: 180,
  },
  ScorekeepRunSlow: gauge('scorekeep.projection.lag', 'scorekeep_projection="points_v1"', 2_000, 0),
  ScorekeepConsumerBehind: gauge(
    'scorekeep.consumer.lag',
    'messaging_destination_name="log/game",scorekeep_name="taker"',
    700,
    0,
  ),
  ScorekeepScheduleLate: gauge('scorekeep.schedule.lag', 'scorekeep_schema="scorekeep"', 300, 20),
  ScorekeepScheduleMissed: {
    series: [
      [
        'scorekeep.schedule.missed',
        'messaging_destination_name="jobs/nightly",scorekeep_outcome="skipped"',
        '_x5 3x100',
      ],
    ],
    fires: 10,
    over: 80,
  },
  ScorekeepSnapshotStale: gauge('scorekeep.snapshot.age', 'scorekeep_schema="scorekeep"', 200, 5),
  ScorekeepSnapshotGone: gauge('scorekeep.snapshot.age', 'scorekeep_schema="scorekeep"', 700, 5),
  ScorekeepNoWorkers: gauge('scorekeep.queue.messages', READY, 5, 0),
  ScorekeepWorkersSaturated: {
    series: [
      ['scorekeep.worker.slots', QUEUE, '10x60'],
      ['scorekeep.worker.slots.used', QUEUE, '9x30 1x30'],
    ],
    fires: 25,
    over: 45,
  },
  ScorekeepWorkerStuck: gauge('scorekeep.worker.loop.age', 'instance="a"', 40, 0),
  ScorekeepCrashes: {
    // Each takeover is told by another process, as a series that is new.
    series: ['a', 'b', 'c'].map(
      (instance): Series => [
        'scorekeep.attempts',
        `${QUEUE},scorekeep_outcome="crashed",instance="${instance}"`,
        '_x5 1x70',
      ],
    ),
    fires: 20,
    over: 60,
  },
  ScorekeepBackgroundErrors: {
    series: [['scorekeep.background.errors', 'scorekeep_where="pool"', '0+20x30 600x40']],
    fires: 25,
    over: 55,
  },
  ScorekeepUnhealthy: gauge('scorekeep.health.status', 'instance="a",scorekeep_name="postgres:scorekeep"', 2, 0),
  ScorekeepEventLoopSlow: gauge('nodejs.eventloop.delay.p99', 'instance="a"', 0.2, 0.01),
  ScorekeepEventLoopStuck: gauge('nodejs.eventloop.delay.p99', 'instance="a"', 0.6, 0.01),
  ScorekeepPoolExhausted: {
    series: [
      ['db.client.connection.pending_requests', `instance="a",${POOL}`, '3x10 0x30'],
      ['db.client.connection.count', `instance="a",${POOL},db_client_connection_state="used"`, '4x40'],
      ['db.client.connection.max', `instance="a",${POOL}`, '10x40'],
    ],
    fires: 8,
    over: 20,
  },
  ScorekeepDeadTuples: {
    series: [
      ['scorekeep.table.tuples', 'scorekeep_table="slice",scorekeep_state="dead"', '50000x60 0x60'],
      ['scorekeep.table.tuples', 'scorekeep_table="slice",scorekeep_state="live"', '10000x120'],
    ],
    fires: 50,
    over: 100,
  },
  ScorekeepLongTransaction: gauge('scorekeep.transaction.longest', 'scorekeep_schema="scorekeep"', 400, 0),
  ScorekeepIndexBloat: gauge('scorekeep.index.bloat', 'scorekeep_table="job"', 2_000_000_000, 0, 90),
  ScorekeepBackupOld: gauge('scorekeep.backup.age', 'instance="a"', 100_000, 10, 30),
  HostDown: { series: [['up', 'job="api",instance="a"', '0x10 1x30']], fires: 5, over: 20 },
  HostErrors: errors(1),
  HostErrorsMany: errors(60),
  HostSlow: {
    series: [
      ['http.server.request.duration', 'job="api",le="0.5"', '0x30 0+60x40', 'bucket'],
      ['http.server.request.duration', 'job="api",le="1"', '0+60x70', 'bucket'],
      ['http.server.request.duration', 'job="api",le="+Inf"', '0+60x70', 'bucket'],
    ],
    fires: 20,
    over: 60,
  },
  HostCpuBusy: idle(20),
  HostCpuExhausted: idle(5),
  HostMemoryShort: memory(25),
  HostMemoryExhausted: memory(10),
  HostDiskFilling: disk(12),
  HostDiskFull: disk(5),
  HostFloor: {
    series: [
      ['scorekeep.floor.value', 'scorekeep_name="opportunities"', '5x20 50x30'],
      ['scorekeep.floor.least', 'scorekeep_name="opportunities"', '10x50'],
    ],
    fires: 15,
    over: 35,
  },
  HostDataStale: {
    series: [
      ['scorekeep.freshness.age', 'scorekeep_name="odds"', '700x20 10x30'],
      ['scorekeep.freshness.most', 'scorekeep_name="odds"', '600x50'],
    ],
    fires: 15,
    over: 35,
  },
  HostUnknown: {
    series: [
      ['scorekeep.floor.value', 'scorekeep_name="opportunities"', '_x30 50x20'],
      ['scorekeep.floor.least', 'scorekeep_name="opportunities"', '10x50'],
    ],
    fires: 20,
    over: 40,
  },
  HostSecurity: {
    // All within one interval of Prometheus, by a process that had seen none.
    series: [['scorekeep.security.events', 'scorekeep_name="auth_failed"', '_x5 60x60']],
    fires: 8,
    over: 30,
  },
};
