import { expect, test } from 'vitest';
import { measure, ratioOf, rowsOf, spread } from './measure.ts';

test('takes the middle of an odd count and the mean of the two middles of an even one', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, interval: [1, 3], min: 1, max: 3, n: 3 });
  expect(spread([4, 1, 2, 3])).toMatchObject({ median: 2.5, min: 1, max: 4, n: 4 });
  expect(() => spread([])).toThrow('no median');
});

test('says between what the median lies, more narrowly the more rounds there are; of one round it cannot', () => {
  const rounds = (count: number) => spread(Array.from({ length: count }, (_, i) => 10 + (i % 5))).interval ?? [0, 99];
  expect(spread([7])).toEqual({ median: 7, min: 7, max: 7, n: 1 });
  const [few, many] = [rounds(5), rounds(100)];
  expect([few[0] <= 12, few[1] >= 12, many[0] <= 12, many[1] >= 12]).toEqual([true, true, true, true]);
  expect(many[1] - many[0]).toBeLessThan(few[1] - few[0]);
});

test('runs every contender in every round, reverses every other round and drops the first', async () => {
  const order: string[] = [];
  const contender = (name: string) => ({ case: name, items: 10, run: () => order.push(name) });
  const samples = await measure({ contenders: [contender('a'), contender('b')], rounds: 2 });
  expect(order.join('')).toBe('abbaab');
  expect(rowsOf(samples, 'row').map((row) => [row.case, row.unit, row.n])).toEqual([
    ['a', 'row/s', 2],
    ['a', 'CPU µs/row', 2],
    ['b', 'row/s', 2],
    ['b', 'CPU µs/row', 2],
  ]);
});

test('takes a ratio round by round, not from the two medians', () => {
  const of = (...speeds: number[]) => speeds.map((itemsPerSecond) => ({ itemsPerSecond, cpuMicrosecondsPerItem: 1 }));
  const samples = new Map([
    ['ours', of(10, 40, 30)],
    ['reference', of(10, 20, 60)],
  ]);
  expect(ratioOf(samples, 'ours', 'reference')).toMatchObject({ median: 1, min: 0.5, max: 2, n: 3 });
  expect(() => ratioOf(samples, 'ours', 'theirs')).toThrow('No case "theirs"');
});
