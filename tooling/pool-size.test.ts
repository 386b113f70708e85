import { expect, test } from 'vitest';
import { SETTINGS as GAME } from '../examples/game-events/src/settings.ts';
import { SETTINGS as CUP } from '../examples/world-cup/src/settings.ts';
import { settingsOf } from '../packages/loadtest/src/plan/settings.ts';

const rate = { workers: 3, extrapolated: false, estimate: 500, low: 450, high: 550 };
const planned = { ok: true, workers: 3, rate, neededPerSecond: 347 } as const;

test.each([
  ['game-events', GAME],
  ['world-cup', CUP],
])('a plan never says a DATABASE_POOL_SIZE that %s refuses', (_, { poolSize }) => {
  for (const options of [{}, { handlerMs: 60, concurrency: 1 }, { handlerMs: 60, concurrency: 10 }]) {
    const planning = settingsOf(planned, options, {});
    expect(poolSize.read(String(planning.poolSize))).toBe(planning.poolSize);
  }
});
