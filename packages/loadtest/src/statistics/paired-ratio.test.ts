import { seededRandom } from '@scorekeep/core/forecasts';
import { describe, expect, test } from 'vitest';
import { type Pair, pairedRatio } from './paired-ratio.ts';

const pairs = (ratios: readonly number[], base = 100): Pair[] =>
  ratios.map((ratio, i) => ({ base, candidate: base * ratio, first: i % 2 === 0 ? 'base' : 'candidate' }));
const decide = (given: readonly Pair[], rounds: readonly [number, number] = [8, 24]) =>
  pairedRatio(given, { maxIncrease: 0.1, rounds, random: seededRandom(1) });

test('passes what costs the same, fails what costs a quarter more, whatever the machine does from round to round', () => {
  const stormy = (ratio: number): Pair[] =>
    pairs([ratio, ratio * 1.01, ratio * 0.99, ratio, ratio * 1.02, ratio, ratio * 0.98, ratio]).map((pair, i) => ({
      ...pair,
      base: pair.base * (1 + i),
      candidate: pair.candidate * (1 + i),
    }));
  expect(decide(stormy(1))).toMatchObject({
    decision: 'pass',
    estimate: expect.closeTo(1, 6),
    rounds: 8,
    moreRounds: false,
  });
  expect(decide(stormy(1.25))).toMatchObject({ decision: 'fail', estimate: expect.closeTo(1.25, 6) });
});

test('asks for more rounds while the interval holds the budget, and is inconclusive when there are no more', () => {
  const straddling = [0.9, 1.3, 0.95, 1.25, 1.05, 1.15, 1, 1.2];
  expect(decide(pairs(straddling))).toMatchObject({ decision: 'inconclusive', moreRounds: true });
  expect(decide(pairs([...straddling, ...straddling, ...straddling]))).toMatchObject({
    decision: 'inconclusive',
    moreRounds: false,
  });
});

test('a single round that went wrong decides nothing', () => {
  expect(decide(pairs([1, 1, 1, 1, 1, 1, 1, 50]))).toMatchObject({ decision: 'pass' });
});

test('does not accuse a small change, as an interval that leaves out 1 would', () => {
  const { decision, low } = decide(pairs([1.04, 1.05, 1.06, 1.05, 1.04, 1.05, 1.06, 1.05]));
  expect(low).toBeGreaterThan(1);
  expect(decision).toBe('pass');
});

describe('what decides nothing is an error', () => {
  test('too few rounds', () => {
    expect(() => decide(pairs([1, 1, 1]))).toThrow(expect.objectContaining({ code: 'TOO_FEW_MEASUREMENTS' }));
  });
  test('rounds that all begin with the same side', () => {
    const uneven = pairs([1, 1, 1, 1, 1, 1, 1, 1]).map((pair): Pair => ({ ...pair, first: 'base' }));
    expect(() => decide(uneven)).toThrow(/in turn; 8 of 8 began with base/);
  });
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a measurement of %s', (base) => {
    const wrong = pairs([1, 1, 1, 1, 1, 1, 1, 1]).map((pair, i) => (i === 3 ? { ...pair, base } : pair));
    expect(() => decide(wrong)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
  test('options that mean nothing', () => {
    const eight = pairs([1, 1, 1, 1, 1, 1, 1, 1]);
    for (const rounds of [
      [3, 8],
      [8, 4],
      [8.5, 9],
    ] as const)
      expect(() => decide(eight, rounds)).toThrow(/rounds must be/);
    expect(() => pairedRatio(eight, { maxIncrease: Number.NaN, rounds: [8, 8], random: seededRandom(1) })).toThrow(
      /maxIncrease/,
    );
  });
});
