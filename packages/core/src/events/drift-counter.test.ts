import { expect, test } from 'vitest';
import { driftCounter } from './drift-counter.ts';

const event = (version: number, unknown: string[], missing: string[] = []) => ({
  type: 'played',
  version,
  drift: unknown.length + missing.length === 0 ? undefined : { unknown, missing },
});

test('counts events and names, by type and version', () => {
  const counter = driftCounter();
  counter.add(event(2, []));
  counter.add(event(1, ['colour'], ['mode']));
  counter.add(event(1, ['colour', 'size']));
  counter.add(event(1, [], ['mode']));
  expect(counter.report()).toEqual([
    {
      type: 'played',
      version: 1,
      events: 3,
      drifted: 2,
      unknown: new Map([
        ['colour', 2],
        ['size', 1],
      ]),
      missing: new Map([['mode', 2]]),
      otherNames: 0,
    },
    expect.objectContaining({ version: 2, events: 1, drifted: 0 }),
  ]);
});

test('a client that makes up names does not fill the memory', () => {
  const counter = driftCounter({ names: 2 });
  for (let i = 0; i < 1000; i++) counter.add(event(1, [`made-up-${i}`, '__proto__']));
  const [count] = counter.report();
  expect([...(count?.unknown ?? [])]).toEqual([
    ['made-up-0', 1],
    ['__proto__', 1000],
  ]);
  expect(count?.otherNames).toBe(999);
});
