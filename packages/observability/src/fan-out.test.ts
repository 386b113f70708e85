import { channel } from 'node:diagnostics_channel';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Encloses } from '@scorekeep/queue';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Instrumentation, instrument } from './index.ts';
import { sdkInMemory } from './testing/sdk-in-memory.ts';

beforeEach(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
let instrumentation: Instrumentation | undefined;
afterEach(() => {
  instrumentation?.stop();
  context.disable();
});

test('what one request causes ten thousand times leaves a span each in a trace of its own, few series, and nothing in memory', async () => {
  const sdk = sdkInMemory();
  const exported = { spans: 0, inside: 0, unlinked: 0 };
  const exporter = {
    export(spans: ReadableSpan[], done: (result: { code: number }) => void) {
      for (const { parentSpanContext, links } of spans) {
        exported.spans += 1;
        if (parentSpanContext !== undefined) exported.inside += 1;
        if (links.length !== 1) exported.unlinked += 1;
      }
      done({ code: 0 });
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  instrumentation = instrument({ tracerProvider, meterProvider: sdk.provider });
  // What is made once: code, instruments, series.
  await cause(0, 2_000);
  const before = heapUsed();
  await cause(2_000, MANY);
  const perItem = (heapUsed() - before) / MANY;
  expect(exported).toEqual({ spans: 2 * (2_000 + MANY), inside: 0, unlinked: 0 });
  // Less than a span, an id or a correlation that is kept would come to, for each.
  expect(perItem).toBeLessThan(200);
  for (const [name, points] of Object.entries(await sdk.collect())) expect(points.length, name).toBeLessThan(10);
});

const MANY = 10_000;
const SENT = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'correlation-id': 'request-7' };

/** A slice and a job each, as the queue tells of them. */
async function cause(from: number, many: number): Promise<void> {
  for (let n = from; n < from + many; n++) {
    const slice = { slice: `slice ${n}`, run: 'run 1' };
    await inside(
      'slice.started',
      { ...slice, label: 'points_v1', start: 1, crashes: 0, waitedSeconds: 1, carrier: SENT },
      () =>
        channel('scorekeep.slice.committed').publish({
          ...slice,
          scored: 9,
          rejected: 1,
          done: true,
          milliseconds: 1,
          workedSeconds: 1,
          ageSeconds: 2,
        }),
    );
    const queue = 'jobs/reward';
    const job = `job ${n}`;
    await inside('job.started', { queue, jobs: [job], attempt: 0, traceContexts: [SENT] }, () => undefined);
    channel('scorekeep.job.settled').publish({
      queue,
      job,
      outcome: 'ok',
      code: null,
      attempt: 0,
      waitMs: 1,
      processMs: 1,
      ageMs: 2,
    });
  }
}

async function inside(name: string, fact: Encloses & Record<string, unknown>, work: () => void): Promise<void> {
  channel(`scorekeep.${name}`).publish(fact);
  await fact.within?.(async () => work());
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes, without what nobody refers to any more. */
function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
