import { context, ROOT_CONTEXT, type SpanContext, SpanKind, trace } from '@opentelemetry/api';
import { SCOPE } from './catalogue.ts';
import { errorCode } from './logs/error-code.ts';
import { createRepeats } from './logs/repeated.ts';
import { createSlots } from './metrics/slots.ts';
import { countReceipts } from './receipts.ts';
import { schemaUrl } from './schema-url.ts';
import type { Signals } from './slices.ts';
import { encloseIn } from './traces/attempt.ts';
import { fromCarrier } from './traces/carrier.ts';
import { type Correlation, correlated } from './traces/correlation.ts';
import { place } from './traces/placement.ts';

/** Jobs: a span for each attempt at a handler, and metrics and events of how jobs ended. pg-boss observes their enqueuing. */
export function observeJobs({ ears, meters, log, traceMode, tracerProvider }: Signals): void {
  const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE, undefined, { schemaUrl });
  const repeats = createRepeats();
  const used = new Map<string, number>();
  /** What a job is part of, from its start to its end: it is settled outside of its handler. */
  const parts = new Map<string, { readonly span: SpanContext; readonly correlation: Correlation }>();

  const slots = createSlots();
  ears.on('job.served', ({ schema, queue, slots: many }) => {
    slots.serve(schema, queue, many);
    used.set(queue, used.get(queue) ?? 0);
  });
  ears.on('connection.closing', ({ schema }) => slots.close(schema));

  ears.on('job.enqueued', ({ queue, accepted, duplicate, refused, rejected }) => {
    const receipts = { accepted, duplicate, refused, rejected };
    for (const [outcome, many] of Object.entries(receipts)) countReceipts(meters, queue, outcome, many);
    log.emit('job.enqueued', { queue, ...receipts });
  });

  ears.on('job.started', (fact) => {
    const { queue, jobs, attempt } = fact;
    const origins = fact.traceContexts.map(fromCarrier);
    const [first] = jobs;
    // The ids of a batch come from as many causes; it is correlated only when it has one.
    const ids = new Set(origins.map((origin) => origin.correlationId));
    const correlation_id = (ids.size === 1 ? [...ids][0] : undefined) ?? first ?? queue;
    // A batch has no single cause to be inside of.
    const places = origins.map((origin) =>
      place(jobs.length > 1 && traceMode === 'parent' ? 'link' : traceMode, origin.span),
    );
    const parent = jobs.length === 1 ? (places[0]?.parent ?? ROOT_CONTEXT) : ROOT_CONTEXT;
    const span = tracer.startSpan(
      `process ${queue}`,
      {
        kind: SpanKind.CONSUMER,
        links: places.flatMap(({ links }) => links),
        attributes: {
          'messaging.system': SYSTEM,
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': queue,
          'messaging.message.conversation_id': correlation_id,
          'scorekeep.attempt': attempt + 1,
          ...(jobs.length === 1
            ? { 'messaging.message.id': first ?? '' }
            : { 'messaging.batch.message_count': jobs.length }),
        },
      },
      parent,
    );
    const correlation: Correlation = {
      correlation_id,
      queue,
      attempt: attempt + 1,
      ...(jobs.length === 1 && first !== undefined && { job: first }),
    };
    if (parts.size > PARTS_MAX) parts.clear();
    for (const job of jobs) parts.set(job, { span: span.spanContext(), correlation: { ...correlation, job } });
    used.set(queue, (used.get(queue) ?? 0) + jobs.length);
    encloseIn(fact, {
      span,
      parent,
      correlation,
      end: (failure, answer) => {
        used.set(queue, (used.get(queue) ?? jobs.length) - jobs.length);
        const { outcome, code } = (answer ?? {}) as { outcome?: unknown; code?: unknown };
        const errorType =
          failure !== undefined
            ? errorCode(failure)
            : outcome === 'retry' || outcome === 'dead'
              ? errorCode({ code })
              : undefined;
        return { attributes: {}, errorType };
      },
    });
  });

  ears.on('job.settled', ({ queue, job, outcome, code, attempt, waitMs, processMs, ageMs }) => {
    const identity = { 'messaging.system': SYSTEM, 'messaging.destination.name': queue };
    const error = code === null ? {} : { 'error.type': errorCode({ code }) };
    meters.record('scorekeep.wait.duration', waitMs / 1_000, identity);
    meters.record('messaging.process.duration', processMs / 1_000, {
      ...identity,
      'messaging.operation.name': 'process',
      ...error,
    });
    meters.add('scorekeep.attempts', 1, { ...identity, 'scorekeep.outcome': OUTCOMES[outcome], ...error });
    if (outcome !== 'retry') {
      meters.record('scorekeep.e2e.duration', ageMs / 1_000, { ...identity, 'scorekeep.outcome': OUTCOMES[outcome] });
    }
    const part = parts.get(job);
    parts.delete(job);
    const fields = {
      queue,
      job,
      outcome: OUTCOMES[outcome],
      code: error['error.type'],
      attempt: attempt + 1,
      wait_ms: Math.round(waitMs),
      duration_ms: Math.round(processMs),
    };
    const emit = (): void => log.emit('job.settled', fields, LEVEL[outcome]);
    if (part === undefined) emit();
    else context.with(trace.setSpanContext(ROOT_CONTEXT, part.span), () => correlated(part.correlation, emit));
  });

  ears.on('job.interrupted', ({ queue, code }) => {
    const error = errorCode({ code });
    meters.add('scorekeep.attempts', 1, {
      'messaging.system': SYSTEM,
      'messaging.destination.name': queue,
      'scorekeep.outcome': 'interrupted',
      'error.type': error,
    });
    const repeated = repeats(`${queue} ${error}`, performance.now());
    if (repeated !== undefined) log.emit('job.interrupted', { queue, code: error, repeated });
  });
  const lost = (queue: string, jobs: number, reason: 'worker' | 'deadline'): void => {
    const outcome = reason === 'worker' ? 'crashed' : 'expired';
    meters.add('scorekeep.attempts', jobs, {
      'messaging.system': SYSTEM,
      'messaging.destination.name': queue,
      'scorekeep.outcome': outcome,
    });
  };
  ears.on('job.crashed', ({ queue, jobs, reason }) => {
    lost(queue, jobs, reason);
    log.emit('job.crashed', { queue, jobs, reason });
  });
  ears.on('job.reaped', ({ queue, job, attempt, reason }) => {
    lost(queue, 1, reason);
    log.emit('job.reaped', { queue, job, attempt: attempt + 1, reason });
  });

  ears.on('schedule.missed', ({ queue, runs, caughtUp }) => {
    meters.add('scorekeep.schedule.missed', runs, {
      'messaging.destination.name': queue,
      'scorekeep.outcome': caughtUp ? 'caught_up' : 'skipped',
    });
    log.emit('schedule.missed', { queue, runs, caught_up: caughtUp }, caughtUp ? 'info' : 'warn');
  });

  meters.gauges((put) => {
    for (const [queue, many] of slots.all())
      put('scorekeep.worker.slots', many, { 'messaging.destination.name': queue });
    for (const [queue, many] of used) put('scorekeep.worker.slots.used', many, { 'messaging.destination.name': queue });
  });
}

/** Jobs are pg-boss's, and so is their system in its own signals. */
const SYSTEM = 'pg-boss';

const OUTCOMES = { ok: 'success', retry: 'retry', dead: 'dead_letter' } as const;
const LEVEL = { ok: 'debug', retry: 'warn', dead: 'error' } as const;

/** Jobs under way at a time, at the very most; beyond it some events go without their correlation. */
const PARTS_MAX = 20_000;
