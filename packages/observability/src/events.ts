import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Facts } from '@scorekeep/queue';
import { SCOPE } from './catalogue.ts';
import { errorCode } from './logs/error-code.ts';
import { createRepeats } from './logs/repeated.ts';
import { schemaUrl } from './schema-url.ts';
import type { Signals } from './slices.ts';
import { encloseIn } from './traces/attempt.ts';

/**
 * Projections over events, and over scores and tables: a span for each step that does something, and metrics and events of steps, of
 * events and subjects that are put aside, and of rebuilds. What is put aside is tried again as a job, and observed as one.
 */
export function observeEvents({ ears, meters, log, tracerProvider }: Signals): void {
  const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE, undefined, { schemaUrl });
  const repeats = createRepeats();

  ears.on('projection.stepping', (fact) => {
    const { log: name, label } = fact;
    const correlation_id = crypto.randomUUID();
    const span = tracer.startSpan(
      `process ${destination(name)}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...group(name, label),
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.message.conversation_id': correlation_id,
        },
      },
      // Whoever started the loop is not the cause of its steps.
      ROOT_CONTEXT,
    );
    encloseIn(fact, {
      span,
      parent: ROOT_CONTEXT,
      correlation: { correlation_id, queue: destination(name) },
      end: (failure, answer) => {
        const stepped = answer as ({ parked: number } & ({ events: number } | { subjects: number })) | undefined;
        // There was nothing to do, or others did it.
        if (failure === undefined && stepped === undefined) return undefined;
        const errorType = failure === undefined ? undefined : errorCode(failure);
        const attributes = {
          'scorekeep.outcome': errorType === undefined ? 'success' : 'retry',
          ...(stepped !== undefined && {
            'messaging.batch.message_count': 'events' in stepped ? stepped.events : stepped.subjects,
            'scorekeep.items.parked': stepped.parked,
          }),
        };
        return { attributes, errorType };
      },
    });
  });

  const countStep = ({ log: name, label, lagSeconds, milliseconds }: Step): void => {
    const of = group(name, label);
    const seconds = milliseconds / 1_000;
    meters.record('scorekeep.wait.duration', lagSeconds, of);
    meters.record('messaging.process.duration', seconds, { ...of, 'messaging.operation.name': 'process' });
    meters.record('scorekeep.e2e.duration', lagSeconds + seconds, { ...of, 'scorekeep.outcome': 'success' });
    meters.add('scorekeep.attempts', 1, { ...of, 'scorekeep.outcome': 'success' });
  };
  ears.on('projection.applied', (fact) => {
    const { log: name, label, events, parked, behind, lagSeconds, milliseconds } = fact;
    countStep(fact);
    meters.add('scorekeep.consumed.events', events, {
      'messaging.destination.name': destination(name),
      'scorekeep.name': `projection:${label}`,
    });
    if (parked > 0) {
      meters.add('scorekeep.items', parked, { 'scorekeep.projection': label, 'scorekeep.outcome': 'parked' });
    }
    log.emit('projection.applied', {
      log: name,
      projection: label,
      events,
      parked,
      behind,
      lag_ms: Math.round(lagSeconds * 1_000),
      duration_ms: Math.round(milliseconds),
    });
  });

  ears.on('subjects.refolded', (fact) => {
    const { log: name, label, build, subjects, parked, lagSeconds, milliseconds } = fact;
    countStep(fact);
    for (const [outcome, count] of Object.entries({ folded: subjects - parked, parked })) {
      const of = { 'scorekeep.projection': label, 'scorekeep.outcome': outcome };
      if (count > 0) meters.add('scorekeep.refolded.subjects', count, of);
    }
    log.emit('subjects.refolded', {
      log: name,
      projection: label,
      build,
      subjects,
      parked,
      lag_ms: Math.round(lagSeconds * 1_000),
      duration_ms: Math.round(milliseconds),
    });
  });

  ears.on('projection.failed', ({ log: name, label, verdict, code }) => {
    const error = errorCode({ code });
    meters.add('scorekeep.attempts', 1, { ...group(name, label), 'scorekeep.outcome': 'retry', 'error.type': error });
    const repeated = repeats(`${label} ${error}`, performance.now());
    if (repeated !== undefined) {
      log.emit('projection.failed', { log: name, projection: label, verdict, code: error, repeated });
    }
  });
  ears.on('event.parked', ({ log: name, label, shard, position, code }) => {
    log.emit('event.parked', { log: name, projection: label, shard, position, code: errorCode({ code }) });
  });
  ears.on('subject.parked', ({ log: name, label, build, code }) => {
    log.emit('subject.parked', { log: name, projection: label, build, code: errorCode({ code }) });
  });
  ears.on('projection.rebuilt', ({ label, build, before, differing, swapped }) => {
    meters.add('scorekeep.projection.rebuilds', 1, {
      'scorekeep.projection': label,
      'scorekeep.outcome': differing === 0 ? 'same' : 'differing',
    });
    log.emit(
      'projection.rebuilt',
      { projection: label, build, before, differing, swapped },
      differing === 0 ? 'info' : 'warn',
    );
  });
}

type Step = Pick<Facts['projection.applied'], 'log' | 'label' | 'lagSeconds' | 'milliseconds'>;

const destination = (log: string): string => `log/${log}`;

const group = (log: string, label: string): Record<string, string> => ({
  'messaging.system': 'scorekeep',
  'messaging.destination.name': destination(log),
  'messaging.consumer.group.name': label,
});
