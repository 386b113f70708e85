import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distinctRows } from './distinct-rows.ts';

const columns = fc
  .record({
    width: fc.integer({ min: 1, max: 4 }),
    rows: fc.integer({ min: 0, max: 200 }),
    spread: fc.integer({ min: 0, max: 31 }),
  })
  .chain(({ width, rows, spread }) => {
    const value = fc.integer({ min: -(2 ** spread), max: 2 ** spread - 1 });
    return fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { minLength: width, maxLength: width });
  })
  .map((lists) => lists.map((list) => Int32Array.from(list)));

test('each row is the distinct row that its code names, and no distinct row stands twice', () => {
  fc.assert(
    fc.property(columns, (given) => {
      const rows = given[0]?.length ?? 0;
      const rowAt = (row: number): string => given.map((column) => column[row]).join();
      const { first, codes } = distinctRows(given, rows);
      for (let row = 0; row < rows; row++) expect(rowAt(first[(codes[row] ?? 0) - 1] ?? -1)).toBe(rowAt(row));
      expect(new Set(first.map(rowAt)).size).toBe(first.length);
    }),
  );
});

test('distinct rows are numbered in the order in which they appear', () => {
  expect(distinctRows([Int16Array.of(7, 7, 5, 7), Int32Array.of(1, 1, 1, 2)], 4)).toEqual({
    first: [0, 2, 3],
    codes: Int32Array.of(1, 1, 2, 3),
  });
});
