import { expect, test } from 'vitest';
import { middle } from './middle.ts';

test('over 2.5 and under 3.5 at evens: three goals double the money, anything else costs nothing', () => {
  const found = middle({ over: { line: 2.5, odds: 2 }, under: { line: 3.5, odds: 2 } });
  expect(found).toMatchObject({ overStake: 0.5, underStake: 0.5, outside: 0, inside: 1, breakEven: 0 });
  expect(found.totals).toEqual([
    { total: 2, profit: 0 },
    { total: 3, profit: 1 },
    { total: 4, profit: 0 },
  ]);
});

test('at 1.9 each the middle must come in one time in twenty', () => {
  const found = middle({ over: { line: 2.5, odds: 1.9 }, under: { line: 3.5, odds: 1.9 }, total: 100 });
  expect(found.outside).toBeCloseTo(-5, 12);
  expect(found.inside).toBeCloseTo(90, 12);
  expect(found.breakEven).toBeCloseTo(5 / 95, 12);
});

test('whole lines push and quarter lines pay half', () => {
  const { totals } = middle({ over: { line: 2, odds: 2 }, under: { line: 3.25, odds: 2 }, total: 2 });
  expect(totals.map(({ total, profit }) => [total, profit])).toEqual([
    [1, 0],
    [2, 1],
    [3, 1.5],
    [4, 0],
  ]);
});

test('refuses lines that leave no middle', () => {
  const over = { line: 3.5, odds: 2 };
  expect(() => middle({ over, under: { line: 2.5, odds: 2 } })).toThrow('over line below the under line');
  expect(() => middle({ over: { line: 2.1, odds: 2 }, under: over })).toThrow('in quarters');
});
