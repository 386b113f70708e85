/**
 * Every signal that this package emits: the one place where a metric, span or event gets its name, unit, buckets and
 * attributes. Instruments, alert rules, dashboards, documentation and tests read it; nothing else names a signal.
 *
 * Names that begin with `messaging.` or `db.` are OpenTelemetry's, at {@link SEMCONV}; the others begin with `scorekeep.`.
 */
export const SEMCONV = '1.44.0';

/** Under what instrumentation scope everything is emitted, pg-boss's part included. */
export const SCOPE = '@scorekeep/observability';

/** A metric, as it is emitted. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** UCUM, as OpenTelemetry writes it. */
  readonly unit: string;
  readonly description: string;
  /** The attributes it may carry; any other is dropped. */
  readonly attributes: readonly Attribute[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
  /** Emitted by the one process that reads the figures of all, see `Keep.observe`; by every process otherwise. */
  readonly once?: true;
}

/** An attribute of a metric, and how many values of it are told apart; the rest are `_other`. */
export const ATTRIBUTES = {
  'messaging.system': 4,
  'messaging.destination.name': 200,
  'messaging.operation.name': 20,
  'messaging.operation.type': 8,
  'messaging.consumer.group.name': 100,
  'error.type': 50,
  'db.client.connection.pool.name': 20,
  'db.client.connection.state': 2,
  'scorekeep.schema': 20,
  'scorekeep.projection': 100,
  'scorekeep.state': 16,
  'scorekeep.outcome': 16,
  'scorekeep.table': 16,
  'scorekeep.name': 100,
  'scorekeep.where': 100,
} as const;

type Attribute = keyof typeof ATTRIBUTES;

/** The conventions' own, for operations of a client. */
const OPERATION = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;
/** The same, carried on to pg-boss's fifteen minutes. */
const PROCESS = [...OPERATION, 30, 60, 120, 300, 600, 900] as const;
const WAIT = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600] as const;
const ITEMS = [1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000] as const;

const MESSAGING = ['messaging.system', 'messaging.destination.name'] as const;
/** Of a step of a projection, whose destination is the log, or the table that is scored, the projection is the consumer group. */
const WORK = [...MESSAGING, 'messaging.consumer.group.name'] as const;
const QUEUE = ['scorekeep.schema', 'messaging.destination.name'] as const;
const PROJECTION = ['scorekeep.schema', 'scorekeep.projection'] as const;

export const METRICS = {
  'messaging.client.operation.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of messaging operation initiated by a producer or consumer client.',
    attributes: [...MESSAGING, 'messaging.operation.name', 'messaging.operation.type', 'error.type'],
    buckets: OPERATION,
  },
  'messaging.client.sent.messages': {
    kind: 'counter',
    unit: '{message}',
    description: 'Number of messages producer attempted to send to the broker.',
    attributes: [...MESSAGING, 'messaging.operation.name', 'error.type'],
  },
  'messaging.client.consumed.messages': {
    kind: 'counter',
    unit: '{message}',
    description: 'Number of messages that were delivered to the application.',
    attributes: [...MESSAGING, 'messaging.operation.name'],
  },
  'messaging.process.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of processing operation.',
    attributes: [...WORK, 'messaging.operation.name', 'error.type'],
    buckets: PROCESS,
  },
  'scorekeep.wait.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'How long a slice, a job or the oldest event or subject of a step could have been begun before it was, by the database clock.',
    attributes: WORK,
    buckets: WAIT,
  },
  'scorekeep.e2e.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'From when a slice, a job or the oldest event or subject of a step was made to its end, all attempts included, by the database clock.',
    attributes: [...WORK, 'scorekeep.outcome'],
    buckets: WAIT,
  },
  'scorekeep.attempts': {
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts at slices, jobs and steps by how they ended.',
    attributes: [...WORK, 'scorekeep.outcome', 'error.type'],
  },
  'scorekeep.receipts': {
    kind: 'counter',
    unit: '{receipt}',
    description:
      'What became of events and payloads that were handed in: accepted, duplicate, conflict, late, quarantined, refused, rejected, appended.',
    attributes: ['messaging.destination.name', 'scorekeep.outcome'],
  },
  'scorekeep.consumed.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'Events of a log that a consumer or a projection has got through.',
    attributes: ['messaging.destination.name', 'scorekeep.name'],
  },
  'scorekeep.refolded.subjects': {
    kind: 'counter',
    unit: '{subject}',
    description:
      'Subjects that projections over scores and tables took in hand: folded, or parked since their fold failed.',
    attributes: ['scorekeep.projection', 'scorekeep.outcome'],
  },
  'scorekeep.ingest.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'How long a group of events took to be written into a log, retries included.',
    attributes: ['messaging.destination.name'],
    buckets: OPERATION,
  },
  'scorekeep.items': {
    kind: 'counter',
    unit: '{item}',
    description:
      'Items that were scored, rejected for a reason, or parked; of a projection over events those that were parked.',
    attributes: ['scorekeep.projection', 'scorekeep.outcome'],
  },
  'scorekeep.step.items': {
    kind: 'histogram',
    unit: '{item}',
    description: 'Items that one transaction of a slice got through.',
    attributes: ['scorekeep.projection'],
    buckets: ITEMS,
  },
  'scorekeep.run.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'From the start of a run to its end, by the database clock.',
    attributes: ['scorekeep.projection'],
    buckets: WAIT,
  },
  'scorekeep.projection.rebuilds': {
    kind: 'counter',
    unit: '{rebuild}',
    description: 'Rebuilds of projections over events, scores and tables by what was found: same, differing.',
    attributes: ['scorekeep.projection', 'scorekeep.outcome'],
  },
  'scorekeep.schedule.missed': {
    kind: 'counter',
    unit: '{run}',
    description: 'Runs of schedules that fell due while no process looked: caught_up by one late job, or skipped.',
    attributes: ['messaging.destination.name', 'scorekeep.outcome'],
  },
  'scorekeep.worker.slots': {
    kind: 'gauge',
    unit: '{slot}',
    description: 'Slices or jobs that this process works at a time.',
    attributes: ['messaging.destination.name'],
  },
  'scorekeep.worker.slots.used': {
    kind: 'gauge',
    unit: '{slot}',
    description: 'Slices or jobs that this process is working.',
    attributes: ['messaging.destination.name'],
  },
  'scorekeep.worker.loop.age': {
    kind: 'gauge',
    unit: 's',
    description: 'How long ago the loop that takes over from dead workers last went round.',
    attributes: [],
  },
  'scorekeep.queue.messages': {
    kind: 'gauge',
    unit: '{message}',
    description: 'Slices or jobs in a queue by state; every queue and state is there, at zero too.',
    attributes: [...QUEUE, 'scorekeep.state'],
    once: true,
  },
  'scorekeep.queue.oldest.age': {
    kind: 'gauge',
    unit: 's',
    description: 'How long the oldest that is ready has been so; 0 when none is.',
    attributes: QUEUE,
    once: true,
  },
  'scorekeep.queue.drain.estimate': {
    kind: 'gauge',
    unit: 's',
    description:
      'How long what is ready or active takes at the rate of the last five minutes; a year when nothing moves. Absent where done jobs are not kept.',
    attributes: QUEUE,
    once: true,
  },
  'scorekeep.run.active': {
    kind: 'gauge',
    unit: '{run}',
    description: 'Unfinished runs.',
    attributes: [...PROJECTION, 'scorekeep.state'],
    once: true,
  },
  'scorekeep.run.remaining': {
    kind: 'gauge',
    unit: '{item}',
    description: 'About how many items the unfinished runs have left.',
    attributes: PROJECTION,
    once: true,
  },
  'scorekeep.run.progress': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of the items of unfinished runs that is done; 1 when there is none.',
    attributes: PROJECTION,
    once: true,
  },
  'scorekeep.projection.lag': {
    kind: 'gauge',
    unit: 's',
    description: 'How long the oldest unfinished run has been under way; 0 when there is none.',
    attributes: PROJECTION,
    once: true,
  },
  'scorekeep.consumer.lag': {
    kind: 'gauge',
    unit: 's',
    description:
      'How long the oldest event that a consumer or projection has not handled has been in its log, or the oldest subject has had new scores; 0 when there is none.',
    attributes: ['scorekeep.schema', 'messaging.destination.name', 'scorekeep.name'],
    once: true,
  },
  'scorekeep.consumer.behind': {
    kind: 'gauge',
    unit: '{event}',
    description: 'Events of a log, or subjects with new scores, that a consumer or projection has not handled.',
    attributes: ['scorekeep.schema', 'messaging.destination.name', 'scorekeep.name'],
    once: true,
  },
  'scorekeep.schedule.lag': {
    kind: 'gauge',
    unit: 's',
    description: 'How long ago any process last looked whether a schedule is due; absent without schedules.',
    attributes: ['scorekeep.schema'],
    once: true,
  },
  'scorekeep.workers.desired': {
    kind: 'gauge',
    unit: '{worker}',
    description: 'Workers that would get through what is waiting in the time allowed; for an autoscaler.',
    attributes: PROJECTION,
    once: true,
  },
  'scorekeep.table.tuples': {
    kind: 'gauge',
    unit: '{row}',
    description: 'Live and dead tuples of the tables of a kind.',
    attributes: ['scorekeep.schema', 'scorekeep.table', 'scorekeep.state'],
    once: true,
  },
  'scorekeep.table.size': {
    kind: 'gauge',
    unit: 'By',
    description: 'Size of the tables of a kind with their indexes.',
    attributes: ['scorekeep.schema', 'scorekeep.table'],
    once: true,
  },
  'scorekeep.index.bloat': {
    kind: 'gauge',
    unit: 'By',
    description: 'What indexes take above what their entries need, estimated.',
    attributes: ['scorekeep.schema', 'scorekeep.table'],
    once: true,
  },
  'scorekeep.transaction.longest': {
    kind: 'gauge',
    unit: 's',
    description: 'Age of the oldest open transaction of the database: it keeps dead tuples from being removed.',
    attributes: ['scorekeep.schema'],
    once: true,
  },
  'scorekeep.snapshot.age': {
    kind: 'gauge',
    unit: 's',
    description: 'How old the figures are that one process reads for all. Without a reading, since this process began.',
    attributes: ['scorekeep.schema'],
  },
  'db.client.connection.count': {
    kind: 'gauge',
    unit: '{connection}',
    description: 'The number of connections that are currently in state described by the state attribute.',
    attributes: ['db.client.connection.pool.name', 'db.client.connection.state'],
  },
  'db.client.connection.max': {
    kind: 'gauge',
    unit: '{connection}',
    description: 'The maximum number of open connections allowed.',
    attributes: ['db.client.connection.pool.name'],
  },
  'db.client.connection.pending_requests': {
    kind: 'gauge',
    unit: '{request}',
    description: 'The number of current pending requests for an open connection.',
    attributes: ['db.client.connection.pool.name'],
  },
  'scorekeep.background.errors': {
    kind: 'counter',
    unit: '{error}',
    description: 'Errors outside any call: of a connection, of pg-boss, of the loop that takes over, of an exporter.',
    attributes: ['scorekeep.where', 'error.type'],
  },
  'scorekeep.background.warnings': {
    kind: 'counter',
    unit: '{warning}',
    description: 'What pg-boss advised to look at.',
    attributes: ['scorekeep.where'],
  },
  'scorekeep.security.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'What the host reported: auth_failed, rate_limit_exceeded, access_denied.',
    attributes: ['scorekeep.name'],
  },
  'scorekeep.floor.value': {
    kind: 'gauge',
    unit: '1',
    description: 'A number of the host that must not be too low.',
    attributes: ['scorekeep.name'],
  },
  'scorekeep.floor.least': {
    kind: 'gauge',
    unit: '1',
    description: 'What it must not fall below.',
    attributes: ['scorekeep.name'],
  },
  'scorekeep.freshness.age': {
    kind: 'gauge',
    unit: 's',
    description: 'How old some data of the host is.',
    attributes: ['scorekeep.name'],
  },
  'scorekeep.freshness.most': {
    kind: 'gauge',
    unit: 's',
    description: 'How old it may be.',
    attributes: ['scorekeep.name'],
  },
  'scorekeep.backup.age': {
    kind: 'gauge',
    unit: 's',
    description: 'How old the last backup is that the host knows of; a year when it says that there is none.',
    attributes: [],
  },
  'scorekeep.health.status': {
    kind: 'gauge',
    unit: '1',
    description: 'A health check: 0 pass, 1 warn, 2 fail.',
    attributes: ['scorekeep.name'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type Metric = keyof typeof METRICS;
type OfKind<Kind> = { [Name in Metric]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never }[Metric];
export type Counter = OfKind<'counter'>;
export type Histogram = OfKind<'histogram'>;
export type Gauge = OfKind<'gauge'>;

/** The spans, by their operation. A name is the operation and the queue: `process slices/points_v1`. */
export const SPANS = {
  send: 'PRODUCER: a run and its slices are written, or a job is; inside the span that asked for it',
  insert: 'PRODUCER: several jobs are written, by pg-boss',
  process:
    'CONSUMER: one attempt at a slice or job, the root of a trace of its own, linked to what caused it; or one step of a projection over events',
  receive: 'CLIENT: jobs are fetched by hand, by pg-boss; a worker that polls has no span',
  settle: 'CLIENT: jobs are completed, failed, cancelled, resumed or deleted, by pg-boss',
} as const;

/** The attributes that a span may carry; any other is dropped. None holds a payload, a text of an error or a parameter. */
export const SPAN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'messaging.system',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.destination.name',
  'messaging.message.id',
  'messaging.message.conversation_id',
  'messaging.batch.message_count',
  'messaging.consumer.group.name',
  'error.type',
  'db.namespace',
  'pgboss.schema',
  'pgboss.job.retry_count',
  'scorekeep.run.id',
  'scorekeep.attempt',
  'scorekeep.crashes',
  'scorekeep.wait_ms',
  'scorekeep.items.scored',
  'scorekeep.items.rejected',
  'scorekeep.items.parked',
  'scorekeep.outcome',
]);

/** How grave an event is, in the words of loggers; OpenTelemetry's severity number beside it. */
export const LEVELS = { debug: 5, info: 9, warn: 13, error: 17 } as const;
export type Level = keyof typeof LEVELS;

/** An event: its level unless the fact says otherwise, its category, and the fields it may carry. */
export interface EventDefinition {
  readonly level: Level;
  readonly category: 'pipeline' | 'database' | 'health' | 'security' | 'telemetry' | 'host';
  readonly fields: readonly string[];
}

export const EVENTS = {
  'connection.opened': { level: 'info', category: 'database', fields: ['schema'] },
  'connection.closing': { level: 'info', category: 'database', fields: ['schema'] },
  'work.started': { level: 'info', category: 'pipeline', fields: ['projections', 'workers'] },
  'run.started': { level: 'info', category: 'pipeline', fields: ['run', 'projection', 'slices', 'expected'] },
  'run.finished': { level: 'info', category: 'pipeline', fields: ['run', 'projection', 'duration_ms'] },
  'slice.started': {
    level: 'debug',
    category: 'pipeline',
    fields: ['slice', 'run', 'projection', 'attempt', 'wait_ms'],
  },
  'slice.committed': {
    level: 'debug',
    category: 'pipeline',
    fields: ['slice', 'run', 'scored', 'rejected', 'done', 'duration_ms'],
  },
  'slice.failed': { level: 'warn', category: 'pipeline', fields: ['slice', 'run', 'verdict', 'code'] },
  'slice.recovered': { level: 'warn', category: 'pipeline', fields: ['slice', 'run', 'crashes'] },
  'item.parked': { level: 'warn', category: 'pipeline', fields: ['slice', 'run', 'projection'] },
  'item.retried': { level: 'info', category: 'pipeline', fields: ['job', 'projection', 'outcome', 'code'] },
  'projection.applied': {
    level: 'debug',
    category: 'pipeline',
    fields: ['log', 'projection', 'events', 'parked', 'behind', 'lag_ms', 'duration_ms'],
  },
  'projection.failed': {
    level: 'warn',
    category: 'pipeline',
    fields: ['log', 'projection', 'verdict', 'code', 'repeated'],
  },
  'projection.rebuilt': {
    level: 'info',
    category: 'pipeline',
    fields: ['projection', 'build', 'before', 'differing', 'swapped'],
  },
  'subjects.refolded': {
    level: 'debug',
    category: 'pipeline',
    fields: ['log', 'projection', 'build', 'subjects', 'parked', 'lag_ms', 'duration_ms'],
  },
  'subject.parked': { level: 'warn', category: 'pipeline', fields: ['log', 'projection', 'build', 'code'] },
  'event.parked': { level: 'warn', category: 'pipeline', fields: ['log', 'projection', 'shard', 'position', 'code'] },
  'schedule.missed': { level: 'warn', category: 'pipeline', fields: ['queue', 'runs', 'caught_up'] },
  'job.enqueued': {
    level: 'debug',
    category: 'pipeline',
    fields: ['queue', 'accepted', 'duplicate', 'refused', 'rejected'],
  },
  'job.settled': {
    level: 'debug',
    category: 'pipeline',
    fields: ['queue', 'job', 'outcome', 'code', 'attempt', 'wait_ms', 'duration_ms'],
  },
  'job.interrupted': { level: 'warn', category: 'pipeline', fields: ['queue', 'code', 'repeated'] },
  'job.crashed': { level: 'warn', category: 'pipeline', fields: ['queue', 'jobs', 'reason'] },
  'job.reaped': { level: 'warn', category: 'pipeline', fields: ['queue', 'job', 'attempt', 'reason'] },
  'ingest.refused': {
    level: 'warn',
    category: 'pipeline',
    fields: ['log', 'late', 'quarantined', 'rejected', 'repeated'],
  },
  'background.error': { level: 'error', category: 'database', fields: ['where', 'code', 'repeated'] },
  'background.warning': { level: 'warn', category: 'database', fields: ['where', 'repeated'] },
  'snapshot.failed': { level: 'warn', category: 'telemetry', fields: ['code', 'repeated'] },
  'telemetry.failed': { level: 'warn', category: 'telemetry', fields: ['where', 'code', 'repeated'] },
  'health.changed': { level: 'warn', category: 'health', fields: ['check', 'status', 'was', 'code'] },
  auth_failed: { level: 'warn', category: 'security', fields: [] },
  rate_limit_exceeded: { level: 'warn', category: 'security', fields: [] },
  access_denied: { level: 'warn', category: 'security', fields: [] },
} as const satisfies Readonly<Record<string, EventDefinition>>;

export type EventName = keyof typeof EVENTS;
export type SecurityEvent = {
  [Name in EventName]: (typeof EVENTS)[Name]['category'] extends 'security' ? Name : never;
}[EventName];
