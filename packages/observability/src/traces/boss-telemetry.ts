import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  type MeterProvider,
  type Span,
  SpanKind,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { METRICS, SCOPE, SPAN_ATTRIBUTES } from '../catalogue.ts';
import type { Meters } from '../metrics/meters.ts';
import { schemaUrl } from '../schema-url.ts';
import { propagator } from './carrier.ts';
import { correlation, correlationIn } from './correlation.ts';
import { place, type TraceMode } from './placement.ts';

/** What pg-boss takes as its `openTelemetry`. */
export interface BossTelemetry {
  readonly enabled: boolean;
  readonly propagateContext: boolean;
  readonly propagator: typeof propagator;
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}

/**
 * Lets pg-boss observe itself, with three things put right: an attempt is placed as `mode` says, not inside its cause; no
 * text of an error leaves the process; and its own count of jobs, which every process would repeat and which may be a minute
 * old, is left out. It is not asked of queues of slices, which have spans and metrics of their own.
 */
export function bossTelemetry(mode: TraceMode, meters: Meters, given?: TracerProvider): BossTelemetry {
  const real = (given ?? trace.getTracerProvider()).getTracer(SCOPE, undefined, { schemaUrl });
  const tracer: Tracer = {
    startSpan: (name, options = {}, parent = context.active()) => startSpan(real, mode, name, options, parent),
    startActiveSpan: real.startActiveSpan.bind(real),
  };
  return {
    enabled: true,
    propagateContext: true,
    propagator,
    tracerProvider: { getTracer: () => tracer },
    meterProvider: bossMeters(meters),
  };
}

const NOTHING = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

function startSpan(real: Tracer, mode: TraceMode, name: string, options: SpanOptions, parent: Context): Span {
  const conversation = correlationIn(parent) ?? correlation()?.correlation_id;
  const attributes = {
    ...allowed(options.attributes),
    ...(conversation !== undefined && { 'messaging.message.conversation_id': conversation }),
  };
  // A fetch may find nothing, and settling stands for itself only inside something: neither is a trace of its own.
  if (options.kind === SpanKind.CLIENT && trace.getSpanContext(parent) === undefined) return NOTHING;
  if (options.kind !== SpanKind.CONSUMER) return muted(real.startSpan(name, { ...options, attributes }, parent));
  const placed = place(mode, trace.getSpanContext(parent));
  const links = mode === 'none' ? [] : [...(options.links ?? []), ...placed.links];
  return muted(real.startSpan(name, { ...options, attributes, links }, placed.parent));
}

const allowed = (attributes: Attributes = {}): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => SPAN_ATTRIBUTES.has(key)));

/** A failed attempt says that it failed and with which type of error; the text may quote a payload. */
function muted(span: Span): Span {
  const setStatus = span.setStatus.bind(span);
  span.setStatus = ({ code }) => setStatus({ code });
  span.recordException = () => undefined;
  return span;
}

/** pg-boss's metrics go into the instruments of the catalogue, so that there is one stream of each name. */
function bossMeters(meters: Meters): MeterProvider {
  const known = (name: string): name is keyof typeof METRICS => name in METRICS;
  const nothing = { addCallback: () => undefined, removeCallback: () => undefined };
  const meter = {
    createHistogram: (name: string) => ({
      record: (value: number, attributes?: Attributes) => {
        if (known(name) && METRICS[name].kind === 'histogram') {
          meters.record(name as 'messaging.process.duration', value, attributes);
        }
      },
    }),
    createCounter: (name: string) => ({
      add: (value: number, attributes?: Attributes) => {
        if (known(name) && METRICS[name].kind === 'counter') {
          meters.add(name as 'messaging.client.sent.messages', value, attributes);
        }
      },
    }),
    createObservableGauge: () => nothing,
  };
  return { getMeter: () => meter as unknown as ReturnType<MeterProvider['getMeter']> };
}
