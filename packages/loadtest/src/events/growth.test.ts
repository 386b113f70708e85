import { describe, expect, test } from 'vitest';
import type { Moment } from '../gate/observed.ts';
import { growth } from './growth.ts';

/** A look each second for a minute. */
const looks = (of: (second: number) => Omit<Moment, 'second'>): Moment[] =>
  Array.from({ length: 60 }, (_, second) => ({ second, ...of(second) }));

describe('what grows', () => {
  test('is told by the minute, memory and disk in MiB', () => {
    const grown = growth(
      looks((second) => ({
        backlog: 2 * second,
        memory: 2 ** 20 * (100 + second / 60),
        deadTuples: 10 * second,
        disk: 2 ** 21 * second,
      })),
    );
    expect(grown['backlog.growth_per_minute']?.[0]).toBeCloseTo(120, 6);
    expect(grown['memory.growth_mib_per_minute']?.[0]).toBeCloseTo(1, 6);
    expect(grown['dead_tuples.growth_per_minute']?.[0]).toBeCloseTo(600, 6);
    expect(grown['disk.growth_mib_per_minute']?.[0]).toBeCloseTo(120, 6);
  });

  test('at the start only, while caches fill, does not count, and what falls grows by 0', () => {
    const grown = growth(looks((second) => ({ memory: 2 ** 20 * Math.min(second, 15), backlog: 60 - second })));
    expect(grown).toEqual({ 'memory.growth_mib_per_minute': [0], 'backlog.growth_per_minute': [0] });
  });

  test('is not told from few looks, nor of what was not looked at', () => {
    expect(growth(looks(() => ({ backlog: 1 })).slice(0, 12))).toEqual({});
    expect(growth([])).toEqual({});
    expect(Object.keys(growth(looks(() => ({ backlog: 1 }))))).toEqual(['backlog.growth_per_minute']);
  });
});
