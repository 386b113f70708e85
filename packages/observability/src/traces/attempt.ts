import { type Attributes, type Context, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Encloses } from '@scorekeep/queue';
import { type Correlation, correlated } from './correlation.ts';

/** Something under way that is enclosed by a span. */
export interface Enclosed {
  readonly span: Span;
  readonly parent: Context;
  readonly correlation: Correlation;
  /**
   * Called once, when the work has ended, with what it threw or answered; answers what to put on the span, or undefined when
   * there was no work: a span that never ends is never sent.
   */
  readonly end: (
    failure: unknown,
    answer?: unknown,
  ) => { readonly attributes: Attributes; readonly errorType: string | undefined } | undefined;
}

/** Has a fact's work done inside a span and as part of a correlation, whoever else encloses it. */
export function encloseIn(fact: Encloses, { span, parent, correlation, end }: Enclosed): void {
  const inside = trace.setSpan(parent, span);
  const outer = fact.within;
  const inner = async <T>(work: () => Promise<T>): Promise<T> => {
    let failure: unknown;
    let answer: unknown;
    try {
      const result = await context.with(inside, () => correlated(correlation, work));
      answer = result;
      return result;
    } catch (error) {
      failure = error ?? new Error('undefined error');
      throw error;
    } finally {
      conclude(span, () => end(failure, answer));
    }
  };
  fact.within = outer === undefined ? inner : (work) => outer(() => inner(work));
}

/** Ends the span. What goes wrong here must not take the place of what came of the work. */
function conclude(span: Span, end: () => ReturnType<Enclosed['end']>): void {
  try {
    const ended = end();
    if (ended === undefined) return;
    span.setAttributes(ended.attributes);
    if (ended.errorType !== undefined) {
      span.setAttribute('error.type', ended.errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  } catch {
    // Whose instruments or spans throw has none of this attempt.
  }
}
