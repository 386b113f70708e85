import { expect, test } from 'vitest';
import { type JobDefinition, job } from './job.ts';

const run = (): void => undefined;

test.each<[string, string, JobDefinition, string]>([
  ['a name with a quote', `a"b`, { run }, 'a name is'],
  ['an empty name', '', { run }, 'a name is'],
  ['a name of 64', 'a'.repeat(64), { run }, 'a name is'],
  ['a name with a slash, which the queues of the dead have', 'dead/x', { run }, 'a name is'],
  ['no handler', 'a', {}, 'give either run or runBatch'],
  ['two handlers', 'a', { run, runBatch: run }, 'give either run or runBatch'],
  ['an unknown mode', 'a', { run, mode: 'fast' as 'claimed' }, 'mode is'],
  ['a batch of 0', 'a', { run, batch: 0 }, 'batch must be an integer from 1 to 1000, got 0'],
  [
    'a batch that may take a gigabyte of memory',
    'a',
    { run, batch: 1_000, bytes: 1_048_576 },
    'batch times bytes is at most 134217728',
  ],
  ['a fractional deadline', 'a', { run, deadline: 1.5 }, 'deadline must be'],
  ['101 retries', 'a', { run, retry: { limit: 101 } }, 'retry.limit must be'],
  ['no definition', 'a', undefined as never, 'give a definition'],
  ['a handler that is none', 'a', { run: 'now' as never }, 'run must be a function'],
  ['a schema that is none', 'a', { run, schema: {} as never }, 'schema must be a Standard Schema'],
  ['a key of its payloads that is none', 'a', { run, unique: 'id' as never }, 'unique must be a function'],
  ['a group without a limit', 'a', { run, mode: 'claimed', group: { by: () => 'g' } as never }, 'group needs a limit'],
  ['a schedule without a time', 'a', { run, schedule: { payload: 1 } as never }, 'schedule.cron must be'],
  ['a key of jobs that are not kept', 'a', { run, keepSeconds: 0, unique: () => 'k' }, 'unique needs keepSeconds of 1'],
  [
    'a schedule of jobs that are not kept',
    'a',
    { run, keepSeconds: 0, schedule: { cron: '* * * * *', payload: 1 } },
    'schedule needs keepSeconds of 1',
  ],
  ['a backoff of 2', 'a', { run, retry: { backoff: 2 as never } }, 'retry.backoff is true or false'],
  ['an unknown policy', 'a', { run, mode: 'claimed', policy: 'fair' as never }, 'policy is one of'],
  ['a key that its policy does not look at', 'a', { run, mode: 'claimed', key: () => 'k' }, 'key needs a policy'],
  ['no rate', 'a', { run, rate: { perSecond: 0 } }, 'rate.perSecond must be'],
  ['a priority of a million and one', 'a', { run, priority: 1_000_001 }, 'priority must be'],
  [
    'an upcast from its own version',
    'a',
    { run, version: 2, upcast: { 2: (x) => x } },
    'upcast is from an older version',
  ],
  ['an upcast that is none', 'a', { run, version: 2, upcast: { 1: 'up' as never } }, 'upcast["1"] must be a function'],
  [
    'an upcast from __proto__',
    'a',
    { run, version: 2, upcast: Object.fromEntries([['__proto__', () => 1]]) },
    'upcast is from an older',
  ],
])('%s is refused', (_, name, definition, message) => {
  expect(() => job(name, definition)).toThrow(message);
});

test.each<[string, JobDefinition]>([
  ['group limits', { run, group: { by: () => 'g', limit: 1 } }],
  ['policy "singleton"', { run, policy: 'singleton' }],
  ['policy "exclusive"', { run, policy: 'exclusive' }],
  ['policy "key_strict_fifo"', { run, policy: 'key_strict_fifo', key: () => 'k' }],
])(
  '%s, which pg-boss cannot honour for a claim inside an open transaction, is refused, saying why',
  (what, definition) => {
    expect(() => job('a', definition)).toThrow(
      `${what} need`.replace('need', what.startsWith('policy') ? 'needs' : 'need'),
    );
    expect(() => job('a', definition)).toThrow('a claim inside an open transaction is invisible to everybody else');
    expect(() => job('a', { ...definition, mode: 'claimed' })).not.toThrow();
  },
);

test('batches of claimed jobs are refused: each is settled by itself', () => {
  expect(() => job('a', { mode: 'claimed', runBatch: run })).toThrow('needs mode: "transactional"');
  expect(() => job('a', { mode: 'claimed', run, batch: 2 })).toThrow('needs mode: "transactional"');
});
