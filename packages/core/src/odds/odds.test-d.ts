import { test } from 'vitest';
import { addMargin, expectedValueInterval, fairOdds, type SingleBet, settle } from './index.ts';

const selection = { market: '1x2', pick: 'home' } as const;
const bet: SingleBet = { type: 'single', stake: 10, odds: '2.10', selection };

test('worst-case has no inverse and is no method of an interval', () => {
  fairOdds([2, 2], { method: 'worst-case' });
  // @ts-expect-error
  addMargin([0.5, 0.5], { overround: 0.05, method: 'worst-case' });
  // @ts-expect-error
  expectedValueInterval({ anchor: [2, 2], outcome: 0, odds: 2.1, methods: ['worst-case'] });
});

test('a parlay takes one result per leg, a single bet one', () => {
  const result = { type: 'match', home: 1, away: 0 } as const;
  settle(bet, result);
  settle({ type: 'parlay', stake: 10, legs: [bet, bet] }, [result, result]);
  // @ts-expect-error
  settle(bet, [result]);
  // @ts-expect-error
  settle({ type: 'parlay', stake: 10, legs: [bet, bet] }, result);
});

test('a pick belongs to its market', () => {
  // @ts-expect-error
  const over: SingleBet = { ...bet, selection: { market: '1x2', pick: 'over' } };
  // @ts-expect-error
  const lineless: SingleBet = { ...bet, selection: { market: 'total', pick: 'over' } };
  settle(over, { type: 'void' });
  settle(lineless, { type: 'void' });
});
