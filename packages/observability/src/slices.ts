import { AsyncLocalStorage } from 'node:async_hooks';
import { context, SpanKind, type TracerProvider, trace } from '@opentelemetry/api';
import type { Facts } from '@scorekeep/queue';
import { SCOPE } from './catalogue.ts';
import type { Ears } from './hear.ts';
import { errorCode } from './logs/error-code.ts';
import type { Log } from './logs/log.ts';
import type { Meters } from './metrics/meters.ts';
import { createSlots } from './metrics/slots.ts';
import { schemaUrl } from './schema-url.ts';
import { encloseIn } from './traces/attempt.ts';
import { fromCarrier, toCarrier } from './traces/carrier.ts';
import { correlated, correlation } from './traces/correlation.ts';
import { place, type TraceMode } from './traces/placement.ts';

/** What the signals of a part of the pipeline are made with. */
export interface Signals {
  readonly ears: Ears;
  readonly meters: Meters;
  readonly log: Log;
  readonly traceMode: TraceMode;
  readonly tracerProvider: TracerProvider | undefined;
}

/** Slices and runs: spans, metrics and events from the facts of the pipeline's own loop. */
export function observeSlices({ ears, meters, log, traceMode, tracerProvider }: Signals): void {
  const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE, undefined, { schemaUrl });
  const underWay = new AsyncLocalStorage<Attempt>();
  const used = new Map<string, number>();
  const slots = createSlots();
  let swept: number | undefined;

  ears.on('run.started', (fact) => {
    const { run, label, slices, expected } = fact;
    const queue = queueOf(label);
    const correlation_id = correlation()?.correlation_id ?? run;
    const parent = context.active();
    const span = tracer.startSpan(
      `send ${queue}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...messaging(queue, 'send', correlation_id),
          'messaging.batch.message_count': slices,
          'scorekeep.run.id': run,
        },
      },
      parent,
    );
    const inside = trace.setSpan(parent, span);
    fact.carrier = toCarrier(inside, correlation_id);
    encloseIn(fact, {
      span,
      parent,
      correlation: { ...correlation(), correlation_id, run },
      end: (failure) => {
        const errorType = failure === undefined ? undefined : errorCode(failure);
        meters.add('messaging.client.sent.messages', slices, sent(queue, errorType));
        if (failure === undefined) log.emit('run.started', { run, projection: label, slices, expected });
        return { attributes: {}, errorType };
      },
    });
  });

  ears.on('slice.started', (fact) => {
    const { slice, run, label, start, crashes, waitedSeconds } = fact;
    const queue = queueOf(label);
    const origin = fromCarrier(fact.carrier);
    const correlation_id = origin.correlationId ?? run;
    const { parent, links } = place(traceMode, origin.span);
    const span = tracer.startSpan(
      `process ${queue}`,
      {
        kind: SpanKind.CONSUMER,
        links,
        attributes: {
          ...messaging(queue, 'process', correlation_id),
          'messaging.message.id': slice,
          'scorekeep.run.id': run,
          'scorekeep.attempt': start,
          'scorekeep.crashes': crashes,
          'scorekeep.wait_ms': Math.round(waitedSeconds * 1_000),
        },
      },
      parent,
    );
    const attempt: Attempt = { label, scored: 0, rejected: 0, done: false };
    const began = performance.now();
    const identity = { 'messaging.system': SYSTEM, 'messaging.destination.name': queue };
    meters.add('messaging.client.consumed.messages', 1, { ...identity, 'messaging.operation.name': 'process' });
    // Begun again it did not wait: it was being worked, or its run was paused, or it was put off.
    if (start === 1) meters.record('scorekeep.wait.duration', waitedSeconds, identity);
    used.set(queue, (used.get(queue) ?? 0) + 1);
    encloseIn(fact, {
      span,
      parent,
      correlation: { correlation_id, run, slice, queue, attempt: start },
      end: (failure) => {
        used.set(queue, (used.get(queue) ?? 1) - 1);
        const errorType = failure === undefined ? (attempt.done ? undefined : attempt.code) : errorCode(failure);
        const outcome = attempt.done ? 'success' : errorType === undefined ? 'handed_on' : 'retry';
        const error = errorType === undefined ? {} : { 'error.type': errorType };
        const seconds = attempt.done ? (attempt.workedSeconds ?? 0) : (performance.now() - began) / 1_000;
        meters.record('messaging.process.duration', seconds, {
          ...identity,
          'messaging.operation.name': 'process',
          ...error,
        });
        meters.add('scorekeep.attempts', 1, { ...identity, 'scorekeep.outcome': outcome, ...error });
        const { scored, rejected } = attempt;
        const attributes = {
          'scorekeep.items.scored': scored,
          'scorekeep.items.rejected': rejected,
          'scorekeep.outcome': outcome,
        };
        return { attributes, errorType };
      },
    });
    const within = fact.within;
    if (within !== undefined) fact.within = (work) => underWay.run(attempt, () => within(work));
    log.emit('slice.started', {
      slice,
      run,
      projection: label,
      attempt: start,
      wait_ms: Math.round(waitedSeconds * 1_000),
    });
  });

  ears.on('slice.committed', (fact) => {
    const { slice, run, scored, rejected, done, milliseconds, workedSeconds, ageSeconds } = fact;
    const attempt = underWay.getStore();
    if (attempt !== undefined) {
      attempt.scored += scored;
      attempt.rejected += rejected;
      attempt.done = done;
      attempt.code = undefined;
      attempt.workedSeconds = workedSeconds;
      count(attempt.label, fact);
      if (done) {
        const identity = { 'messaging.system': SYSTEM, 'messaging.destination.name': queueOf(attempt.label) };
        meters.record('scorekeep.e2e.duration', ageSeconds, { ...identity, 'scorekeep.outcome': 'success' });
      }
    }
    log.emit('slice.committed', { slice, run, scored, rejected, done, duration_ms: Math.round(milliseconds) });
  });
  const count = (label: string, { scored, rejected }: Facts['slice.committed']): void => {
    const projection = { 'scorekeep.projection': label };
    meters.record('scorekeep.step.items', scored + rejected, projection);
    if (scored > 0) meters.add('scorekeep.items', scored, { ...projection, 'scorekeep.outcome': 'scored' });
    if (rejected > 0) meters.add('scorekeep.items', rejected, { ...projection, 'scorekeep.outcome': 'rejected' });
  };

  ears.on('slice.failed', ({ slice, run, verdict, code }) => {
    const attempt = underWay.getStore();
    if (attempt !== undefined) attempt.code = errorCode({ code });
    log.emit('slice.failed', { slice, run, verdict, code: errorCode({ code }) });
  });
  ears.on('slice.recovered', ({ slice, run, crashes }) => {
    const label = underWay.getStore()?.label;
    if (label !== undefined) {
      const identity = { 'messaging.system': SYSTEM, 'messaging.destination.name': queueOf(label) };
      meters.add('scorekeep.attempts', 1, { ...identity, 'scorekeep.outcome': 'crashed' });
    }
    log.emit('slice.recovered', { slice, run, crashes });
  });
  ears.on('item.parked', ({ slice, run }) => {
    const label = underWay.getStore()?.label ?? '_other';
    meters.add('scorekeep.items', 1, { 'scorekeep.projection': label, 'scorekeep.outcome': 'parked' });
    log.emit('item.parked', { slice, run, projection: label });
  });
  ears.on('item.retried', ({ job, label, outcome, code }) => {
    const failed = code === null ? {} : { 'error.type': errorCode({ code }) };
    const queue = { 'messaging.system': 'pg-boss', 'messaging.destination.name': `parked/${label}` };
    const known = { done: 'success', failed: 'retry', dead: 'dead_letter', postponed: 'postponed' } as const;
    meters.add('scorekeep.attempts', 1, { ...queue, 'scorekeep.outcome': known[outcome], ...failed });
    const fields = { job, projection: label, outcome, code: failed['error.type'] };
    log.emit('item.retried', fields, outcome === 'done' ? 'info' : outcome === 'dead' ? 'error' : 'warn');
  });
  ears.on('run.finished', ({ run, label, seconds, carrier }) => {
    meters.record('scorekeep.run.duration', seconds, { 'scorekeep.projection': label });
    const emit = (): void =>
      log.emit('run.finished', { run, projection: label, duration_ms: Math.round(seconds * 1_000) });
    if (underWay.getStore() !== undefined) return emit();
    // Found over by a sweep, or worked by its caller, it ends outside of its slices.
    const origin = fromCarrier(carrier);
    const within = origin.span === undefined ? context.active() : trace.setSpanContext(context.active(), origin.span);
    correlated({ correlation_id: origin.correlationId ?? run, run }, () => context.with(within, emit));
  });

  ears.on('work.started', ({ schema, labels, workers }) => {
    for (const label of labels) slots.serve(schema, queueOf(label), workers);
    log.emit('work.started', { projections: labels.join(' '), workers });
  });
  ears.on('work.swept', () => {
    swept = performance.now();
  });
  // Another one that still works says so within a moment.
  ears.on('connection.closing', ({ schema }) => {
    slots.close(schema);
    swept = undefined;
  });
  meters.gauges((put) => {
    const all = slots.all();
    for (const [queue, many] of all) put('scorekeep.worker.slots', many, { 'messaging.destination.name': queue });
    for (const queue of new Set([...all.keys(), ...used.keys()])) {
      put('scorekeep.worker.slots.used', used.get(queue) ?? 0, { 'messaging.destination.name': queue });
    }
    if (swept !== undefined) put('scorekeep.worker.loop.age', (performance.now() - swept) / 1_000);
  });
}

/** The system that our own loop is; jobs have pg-boss's. */
const SYSTEM = 'scorekeep';

interface Attempt {
  readonly label: string;
  scored: number;
  rejected: number;
  done: boolean;
  code?: string | undefined;
  workedSeconds?: number;
}

/** The same text each time: series are found by it, and a new one would have to be hashed. */
function queueOf(label: string): string {
  const known = queues.get(label) ?? `slices/${label}`;
  queues.set(label, known);
  return known;
}
const queues = new Map<string, string>();

const messaging = (queue: string, operation: 'send' | 'process', conversation: string): Record<string, string> => ({
  'messaging.system': SYSTEM,
  'messaging.operation.name': operation,
  'messaging.operation.type': operation,
  'messaging.destination.name': queue,
  'messaging.message.conversation_id': conversation,
});

const sent = (queue: string, errorType: string | undefined): Record<string, string> => ({
  'messaging.system': SYSTEM,
  'messaging.destination.name': queue,
  'messaging.operation.name': 'send',
  ...(errorType !== undefined && { 'error.type': errorType }),
});
