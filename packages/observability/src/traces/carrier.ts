import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api';
import { contextWithCorrelation, correlation, isCorrelationId } from './correlation.ts';

/** What is stored with work that is done later: W3C trace context and a correlation id, never baggage. */
export interface Origin {
  readonly span: SpanContext | undefined;
  readonly correlationId: string | undefined;
}

/** Writes what is stored. Baggage is left out: it has no bound, and may hold what must not lie in a table for weeks. */
export function toCarrier(context: Context, correlationId: string | undefined): Record<string, string> {
  const span = trace.getSpanContext(context);
  const carrier: Record<string, string> = {};
  if (span !== undefined && isSpanContextValid(span)) {
    carrier['traceparent'] = `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1).toString().padStart(2, '0')}`;
    const state = span.traceState?.serialize() ?? '';
    if (state !== '' && state.length <= STATE_MAX) carrier['tracestate'] = state;
  }
  if (isCorrelationId(correlationId)) carrier[CORRELATION] = correlationId;
  return carrier;
}

/** Reads it; whatever is not well formed is as if it were not there. */
export const fromCarrier = (carrier: unknown): Origin =>
  originOf((key) => (carrier as Record<string, unknown> | null | undefined)?.[key]);

function originOf(read: (key: string) => unknown): Origin {
  const id = read(CORRELATION);
  return { span: parse(read('traceparent'), read('tracestate')), correlationId: isCorrelationId(id) ? id : undefined };
}

/** The same as a propagator, for pg-boss and for whoever uses the global one. */
export const propagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    for (const [key, value] of Object.entries(toCarrier(context, correlation()?.correlation_id))) {
      setter.set(carrier, key, value);
    }
  },
  extract(context, carrier, getter) {
    const read = (key: string): unknown => {
      const value: string | string[] | undefined = getter.get(carrier, key);
      return Array.isArray(value) ? value[0] : value;
    };
    const { span, correlationId } = originOf(read);
    const correlated = correlationId === undefined ? context : contextWithCorrelation(context, correlationId);
    return span === undefined ? correlated : trace.setSpanContext(correlated, span);
  },
  fields: () => ['traceparent', 'tracestate', CORRELATION],
};

const CORRELATION = 'correlation-id';
/** The size that W3C asks everybody to carry at least. */
const STATE_MAX = 512;

/** The slices of a run bring the same one, thousands in a row. */
let last:
  | { readonly traceparent: unknown; readonly tracestate: unknown; readonly span: SpanContext | undefined }
  | undefined;

function parse(traceparent: unknown, tracestate: unknown): SpanContext | undefined {
  if (last === undefined || last.traceparent !== traceparent || last.tracestate !== tracestate)
    last = { traceparent, tracestate, span: parseAnew(traceparent, tracestate) };
  return last.span;
}

/** https://www.w3.org/TR/trace-context-1/#traceparent-header-field-values */
function parseAnew(traceparent: unknown, tracestate: unknown): SpanContext | undefined {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const { traceId, spanId, flags } = match?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const span = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(typeof tracestate === 'string' && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}

const TRACEPARENT =
  /^(?!ff)(?!00-.{53})[\da-f]{2}-(?<traceId>[\da-f]{32})-(?<spanId>[\da-f]{16})-(?<flags>[\da-f]{2})(?:-.*)?$/;
