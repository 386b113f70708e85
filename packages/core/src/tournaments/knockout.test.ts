import { describe, expect, test } from 'vitest';
import { type KnockoutResult, knockoutWinner, scorelineAfter } from './knockout.ts';

// Germany 1-1 Paraguay, 3-4 on penalties, and Belgium 3-2 Senegal after extra time: World Cup 2026, Round of 32.
const onPenalties: KnockoutResult = { normalTime: [1, 1], extraTime: [1, 1], shootout: [3, 4] };
const inExtraTime: KnockoutResult = { normalTime: [2, 2], extraTime: [3, 2] };

describe('a knockout match', () => {
  test.each([
    [{ normalTime: [2, 1] }, { winner: 'home', decidedIn: 'normalTime' }],
    [inExtraTime, { winner: 'home', decidedIn: 'extraTime' }],
    [onPenalties, { winner: 'away', decidedIn: 'shootout' }],
    [
      { normalTime: [0, 0], shootout: [5, 4] },
      { winner: 'home', decidedIn: 'shootout' },
    ],
    [{ normalTime: [1, 1] }, undefined],
    [{ normalTime: [1, 1], extraTime: [2, 2] }, undefined],
  ] as const)('%j is decided as %j', (result, decision) => {
    expect(knockoutWinner(result)).toEqual(decision);
  });

  test.each([
    [{ normalTime: [2, 1], extraTime: [3, 1] }, 'result.extraTime'],
    [{ normalTime: [1, 1], extraTime: [1, 0] }, 'result.extraTime'],
    [{ normalTime: [2, 1], shootout: [3, 1] }, 'result.shootout'],
    [{ normalTime: [1, 1], extraTime: [2, 1], shootout: [3, 1] }, 'result.shootout'],
    [{ normalTime: [1, 1], shootout: [4, 4] }, 'result.shootout'],
    [{ normalTime: [1, -1] }, 'result.normalTime'],
  ] as const)('%j cannot be, because of %s', (result, at) => {
    expect(() => knockoutWinner(result)).toThrow(expect.objectContaining({ code: 'INVALID_SCORELINE', at }));
  });

  test('has a scoreline on each basis', () => {
    const bases = ['normalTime', 'extraTime', 'shootout'] as const;
    expect(bases.map((basis) => scorelineAfter(inExtraTime, basis))).toEqual([
      [2, 2],
      [3, 2],
      [3, 2],
    ]);
    expect(bases.map((basis) => scorelineAfter(onPenalties, basis))).toEqual([
      [1, 1],
      [1, 1],
      [4, 5],
    ]);
    expect(bases.map((basis) => scorelineAfter({ normalTime: [2, 1] }, basis))).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
  });
});
