import { expect, test } from 'vitest';
import { selfTest } from './self-test.ts';

// That the gate finds what is planted, and accuses nothing else, is tested where the page shows the table.

test('says so when the gate does not find what is planted: with a budget that is too wide', {
  timeout: 120_000,
}, () => {
  const { ok, rows } = selfTest({ decisions: 10, maxIncrease: '60%' });
  expect(ok).toBe(false);
  expect(rows.filter((row) => !row.ok).map(({ planted }) => planted)).toEqual(['30 % more CPU', '30 % more CPU']);
});

test('the same seed gives the same table', { timeout: 120_000 }, () => {
  expect(selfTest({ decisions: 2, seed: 5 })).toEqual(selfTest({ decisions: 2, seed: 5 }));
});
