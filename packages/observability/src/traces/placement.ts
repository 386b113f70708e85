import { type Context, isSpanContextValid, type Link, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

/**
 * How an attempt at a slice or job hangs together with what caused it: as a trace of its own with a link (the default,
 * and the conventions' recommendation), inside the trace of its cause, or not at all. With `parent` one request that
 * causes a hundred thousand jobs is one trace of a hundred thousand spans, and its sampling decides for them all.
 */
export type TraceMode = 'link' | 'parent' | 'none';

/** Where the span of an attempt goes: the context to start it in, and its links. */
export function place(mode: TraceMode, origin: SpanContext | undefined): { parent: Context; links: Link[] } {
  if (origin === undefined || !isSpanContextValid(origin) || mode === 'none')
    return { parent: ROOT_CONTEXT, links: [] };
  const parent = mode === 'parent' ? trace.setSpanContext(ROOT_CONTEXT, origin) : ROOT_CONTEXT;
  return { parent, links: [{ context: origin }] };
}
