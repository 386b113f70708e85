import { expect, test } from 'vitest';
import { type Carrier, enclose, type Facts, publish, storedCarrier, subscribe } from './facts.ts';

const RUN = { run: 'r', projection: 1, label: 'points_v1', slices: 1, expected: 1 };

test('what a subscriber sets on a fact is there when publishing returns, and its `within` is around the work', async () => {
  const order: string[] = [];
  const stop = subscribe('run.started', (fact) => {
    fact.carrier = { traceparent: '00-1' };
    fact.within = async (work) => {
      order.push('before');
      const result = await work();
      order.push('after');
      return result;
    };
  });
  const fact: Facts['run.started'] = { ...RUN };
  const done = await enclose('run.started', fact, async () => {
    order.push('work');
    return storedCarrier(fact);
  });
  stop();
  expect(done).toBe('{"traceparent":"00-1"}');
  expect(order).toEqual(['before', 'work', 'after']);
});

test('without a subscriber the work is done as it is, and after the last one has gone too', async () => {
  const heard: string[] = [];
  const stop = subscribe('run.finished', ({ run }) => heard.push(run));
  publish('run.finished', { run: 'one', projection: 1, label: 'points_v1', seconds: 1, carrier: null });
  stop();
  publish('run.finished', { run: 'two', projection: 1, label: 'points_v1', seconds: 1, carrier: null });
  expect(heard).toEqual(['one']);
  expect(await enclose('run.started', { ...RUN }, async () => 'result')).toBe('result');
});

test('a carrier that is empty or longer than 1024 characters is not stored', () => {
  expect(storedCarrier({})).toBeNull();
  expect(storedCarrier({ carrier: {} })).toBeNull();
  expect(storedCarrier({ carrier: { tracestate: 'x'.repeat(1_024) } })).toBeNull();
  expect(storedCarrier({ carrier: { tracestate: 'x'.repeat(900) } })).not.toBeNull();
});

test('a carrier that Postgres cannot store is left out, and does not take the run with it', () => {
  const carriers: unknown[] = [
    { tracestate: 'a\0b' },
    { 'a\0b': '1' },
    { tracestate: 'half \ud800' },
    { depth: 1n },
    { of: {} },
  ];
  for (const carrier of carriers) expect(storedCarrier({ carrier: carrier as Carrier })).toBeNull();
  expect(storedCarrier({ carrier: { tracestate: 'vendor=🙂' } })).toBe('{"tracestate":"vendor=🙂"}');
});
