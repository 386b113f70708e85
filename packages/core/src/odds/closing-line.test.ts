import { expect, test } from 'vitest';
import { closingLineValue } from './closing-line.ts';

test('2.10 against a close of 2.00 is 5 %, and 2.3077 % once the margin is out of 2.00 / 1.90', () => {
  const value = closingLineValue({ odds: 2.1, closing: [2, 1.9], outcome: 0, method: 'multiplicative' });
  expect(value.raw).toBeCloseTo(0.05, 12);
  expect(value.fair).toBeCloseTo(0.023076923, 9);
});

test('names an outcome that is not there', () => {
  expect(() => closingLineValue({ odds: 2.1, closing: [2, 1.9], outcome: 2 })).toThrow(
    'There is no outcome 2 among the 2',
  );
});
