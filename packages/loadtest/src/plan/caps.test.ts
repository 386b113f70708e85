import { describe, expect, test } from 'vitest';
import { littlesLawError, workerCaps } from './caps.ts';

describe('the workers that there is room for', () => {
  test('are those of the connections that are left, and of the cores, the least first', () => {
    const resources = { maxConnections: 100, poolSize: 11, cores: 8, cpuMsPerItem: 0.5 };
    // (100 - 10) / 11 = 8.2; each worker keeps 1000 x 0.5 ms = half a core busy
    expect(workerCaps(resources, 1000)).toEqual([
      { by: 'connections', workers: 8 },
      { by: 'cpu', workers: 16 },
    ]);
    expect(workerCaps({ ...resources, cores: 2 }, 1000)[0]).toEqual({ by: 'cpu', workers: 4 });
  });

  test('are not capped by what is not known', () => {
    expect(workerCaps({}, 1000)).toEqual([]);
    expect(workerCaps({ cores: 2 }, 1000)).toEqual([]);
  });

  test('are none when all connections are reserved', () => {
    expect(workerCaps({ maxConnections: 5 }, 1000)).toEqual([{ by: 'connections', workers: 0 }]);
    expect(workerCaps({ maxConnections: 5, reservedConnections: 0 }, 1000)).toEqual([
      { by: 'connections', workers: 5 },
    ]);
  });

  test.each([{ maxConnections: 0 }, { poolSize: -1 }, { cores: Number.NaN }, { cpuMsPerItem: 0 }])(
    '%j is refused',
    (wrong) => {
      expect(() => workerCaps(wrong, 1000)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    },
  );
});

test("Little's law: 100 a second that take 50 ms each are 5 in flight", () => {
  expect(littlesLawError(5, 100, 0.05)).toBeCloseTo(0, 12);
  expect(littlesLawError(6, 100, 0.05)).toBeCloseTo(0.2, 12);
});
