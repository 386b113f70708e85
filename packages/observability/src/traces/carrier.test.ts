import { createTraceState, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromCarrier, propagator, toCarrier } from './carrier.ts';
import { correlated } from './correlation.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((id) => /[1-9a-f]/.test(id));

test('what is stored comes back: the span, whether it is sampled, and the correlation id', () => {
  const id = fc.stringMatching(/^[\w.:-]{1,128}$/);
  fc.assert(
    fc.property(
      hex(32),
      hex(16),
      fc.constantFrom(TraceFlags.NONE, TraceFlags.SAMPLED),
      id,
      (traceId, spanId, traceFlags, correlationId) => {
        const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags });
        const carrier = toCarrier(context, correlationId);
        expect(carrier['traceparent']).toBe(`00-${traceId}-${spanId}-0${traceFlags}`);
        expect(fromCarrier(carrier)).toEqual({ span: { traceId, spanId, traceFlags, isRemote: true }, correlationId });
      },
    ),
  );
});

test('whatever else stands in the database is as if nothing did', () => {
  const nothing = { span: undefined, correlationId: undefined };
  fc.assert(
    fc.property(fc.anything(), (carrier) => {
      expect(() => fromCarrier(carrier)).not.toThrow();
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(fromCarrier({ traceparent: text })).toEqual(nothing);
    }),
  );
  const zeros = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`;
  // https://www.w3.org/TR/trace-context-1/#version: version ff is invalid; a longer one of a later version is read
  const [traceId, spanId] = ['1'.repeat(32), '1'.repeat(16)];
  for (const traceparent of [zeros, `ff-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01-more`, 7])
    expect(fromCarrier({ traceparent })).toEqual(nothing);
  expect(fromCarrier({ traceparent: `01-${'1'.repeat(32)}-${'1'.repeat(16)}-01-more` }).span?.traceId).toBe(
    '1'.repeat(32),
  );
  expect(fromCarrier({ 'correlation-id': 'a b\n' })).toEqual(nothing);
});

test('a trace state of at most 512 characters is carried, a longer one and baggage are not', () => {
  const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  const carry = (state: string): string | undefined =>
    toCarrier(trace.setSpanContext(ROOT_CONTEXT, { ...span, traceState: createTraceState(state) }), undefined)[
      'tracestate'
    ];
  expect(carry('vendor=1')).toBe('vendor=1');
  expect(carry(Array.from({ length: 20 }, (_, i) => `vendor${i}=${'x'.repeat(30)}`).join(','))).toBeUndefined();
  const carrier: Record<string, string> = {};
  correlated({ correlation_id: 'request-7' }, () =>
    propagator.inject(trace.setSpanContext(ROOT_CONTEXT, span), carrier, {
      set: (to, key, value) => Object.assign(to as object, { [key]: value }),
    }),
  );
  expect(Object.keys(carrier)).toEqual(['traceparent', 'correlation-id']);
});

test('the propagator reads whatever a getter reads, such as the headers of a request', () => {
  const headers = new Headers({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` });
  const context = propagator.extract(ROOT_CONTEXT, headers, {
    get: (from: Headers, key) => from.get(key) ?? undefined,
    keys: (from: Headers) => [...from.keys()],
  });
  expect(trace.getSpanContext(context)).toMatchObject({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) });
});
