import { eventParser, eventType } from '@scorekeep/core/events';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type CallContext, IngestCall } from './ingest-call.ts';
import type { Entry } from './lanes.ts';
import type { EventReceipt } from './receipt.ts';

const type = eventType('scored', { schema: z.object({ points: z.int() }) });
const parser = eventParser({ types: [type], source: 'test' });
const parsed = parser.parseBatch(
  ['a', 'b', 'c'].map((id) => ({ id, type: 'scored', subject: 's', data: { points: 1 } })),
  Date.now(),
);

/** A call of three events of which the last is doubted; `kept` says when it may be kept aside. */
function call(kept: Promise<void> = Promise.resolve()) {
  const seen: string[] = [];
  const context: CallContext = {
    drifts: { count: () => undefined, flush: async () => undefined },
    keepAside: async (one) => {
      seen.push('kept');
      await kept;
      one.receipts[2] = { status: 'quarantined', id: 'c', reasons: [] };
    },
    onEnd: (_, receipts) => void seen.push(receipts === undefined ? 'broken' : 'answered'),
  };
  let made: IngestCall | undefined;
  const answer = new Promise<readonly EventReceipt[]>((resolve, reject) => {
    made = new IngestCall(context, parsed, { events: 3, bytes: 3 }, resolve, reject);
  });
  const one = made as IngestCall;
  const entry = (index: number): Entry => ({ index, shard: index, type: 1, call: one }) as unknown as Entry;
  one.doubted.push({ entry: entry(2), doubts: [] });
  one.expect(2);
  return { one, entry, answer, seen };
}

test('a call whose entries are all settled is not failed by what becomes of others', async () => {
  let keep = (): void => undefined;
  const { one, entry, answer, seen } = call(new Promise((resolve) => (keep = resolve)));
  one.settle(entry(0), { accepted: 1 });
  one.settle(entry(1), 'duplicate');
  one.fail(new Error('of another call'));
  keep();
  expect((await answer).map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'quarantined']);
  expect(seen).toEqual(['kept', 'answered']);
});

test('of a call that has failed nothing is kept aside, and it ends once, whatever is settled later', async () => {
  const { one, entry, answer, seen } = call();
  one.settle(entry(0), { accepted: 1 });
  one.fail(new Error('of one lane'));
  one.fail(new Error('of the other'));
  one.settle(entry(1), { accepted: 1 });
  await expect(answer).rejects.toThrow('of one lane');
  expect(seen).toEqual(['broken']);
});

test('a call that fails before it is known how many entries it has, ends', async () => {
  const broken = new Error('no keys');
  const answer = new Promise((resolve, reject) => {
    const context = { onEnd: () => undefined } as unknown as CallContext;
    new IngestCall(context, parsed, { events: 3, bytes: 3 }, resolve, reject).fail(broken);
  });
  await expect(answer).rejects.toBe(broken);
});
