import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFixed, toNumber } from './rational.ts';
import type { MatchSelection, OutrightResult, Result } from './selection.ts';
import { type Bet, type ParlayBet, type Settlement, settle } from './settle.ts';

const returned = (settlement: Settlement): string => toFixed(settlement.returned, 8).replace(/\.?0+$/, '');
const score = (home: number, away: number): Result => ({ type: 'match', home, away });
const single = (selection: MatchSelection, odds: string | number = '1.90') =>
  ({ type: 'single', stake: 10, odds, selection }) as const;

// Asian handicap rules of bet365 and Pinnacle, computed exactly in the research notes: 10 at 1.90.
test.each([
  ['home', -0.25, [1, 1], '5', 'part-lost'],
  ['home', 0.25, [1, 1], '14.5', 'part-won'],
  ['home', -0.75, [2, 1], '14.5', 'part-won'],
  ['home', -1, [2, 1], '10', 'push'],
  ['home', 0, [1, 1], '10', 'push'],
  ['home', -0.75, [3, 1], '19', 'won'],
  ['home', -0.75, [1, 1], '0', 'lost'],
  ['away', 0.75, [2, 1], '5', 'part-lost'],
  ['away', 0.25, [1, 1], '14.5', 'part-won'],
  ['away', '-1.25', [0, 1], '5', 'part-lost'],
] as const)('handicap %s %s at %j returns %s: %s', (pick, line, [home, away], amount, status) => {
  const settlement = settle(single({ market: 'handicap', pick, line }), score(home, away));
  expect([returned(settlement), settlement.status]).toEqual([amount, status]);
});

test.each([
  [{ market: '1x2', pick: 'home' }, [2, 1], '19'],
  [{ market: '1x2', pick: 'draw' }, [2, 1], '0'],
  [{ market: 'double-chance', pick: 'home-draw' }, [1, 1], '19'],
  [{ market: 'double-chance', pick: 'home-away' }, [1, 1], '0'],
  [{ market: 'double-chance', pick: 'draw-away' }, [0, 1], '19'],
  [{ market: 'draw-no-bet', pick: 'away' }, [1, 1], '10'],
  [{ market: 'draw-no-bet', pick: 'away' }, [0, 1], '19'],
  [{ market: 'draw-no-bet', pick: 'away' }, [1, 0], '0'],
  [{ market: 'correct-score', home: 2, away: 1 }, [2, 1], '19'],
  [{ market: 'correct-score', home: 2, away: 1 }, [1, 2], '0'],
  [{ market: 'total', pick: 'over', line: 2.5 }, [2, 1], '19'],
  [{ market: 'total', pick: 'under', line: 3 }, [2, 1], '10'],
  [{ market: 'total', pick: 'over', line: 2.75 }, [2, 1], '14.5'],
  [{ market: 'total', pick: 'under', line: 2.75 }, [2, 1], '5'],
  [{ market: 'total', pick: 'under', line: 3.25 }, [2, 1], '14.5'],
  [{ market: 'total', pick: 'over', line: '3.25' }, [2, 1], '5'],
] as const)('%j at %j returns %s', (selection, [home, away], amount) => {
  expect(returned(settle(single(selection), score(home, away)))).toBe(amount);
});

test('explains a quarter line as its two halves', () => {
  const { breakdown } = settle(single({ market: 'handicap', pick: 'home', line: -0.75 }), score(2, 1));
  expect(breakdown[0]?.parts.map(({ share, fate, because }) => [toNumber(share), fate, because])).toEqual([
    [0.5, 'push', '2-1, home -1'],
    [0.5, 'won', '2-1, home -0.5'],
  ]);
  const over = settle(single({ market: 'total', pick: 'over', line: 2.75 }), score(2, 1));
  expect(over.breakdown[0]?.parts.map(({ because }) => because)).toEqual(['3 goals, over 3', '3 goals, over 2.5']);
});

describe('parlays', () => {
  const leg = (odds: string, selection: MatchSelection = { market: '1x2', pick: 'home' }) => ({ odds, selection });
  const treble: ParlayBet = { type: 'parlay', stake: 20, legs: [leg('2.5'), leg('2'), leg('2.25')] };

  test('a treble of 2.5, 2 and 2.25 returns 225, and 112.50 with the middle leg void', () => {
    expect(returned(settle(treble, [score(1, 0), score(1, 0), score(1, 0)]))).toBe('225');
    const settlement = settle(treble, [score(1, 0), { type: 'void', reason: 'abandoned' }, score(1, 0)]);
    expect(returned(settlement)).toBe('112.5');
    expect(settlement.breakdown.map(({ label, factor, parts }) => [label, toNumber(factor), parts[0]?.fate])).toEqual([
      ['leg 1', 2.5, 'won'],
      ['leg 2', 1, 'void'],
      ['leg 3', 2.25, 'won'],
    ]);
  });

  // Handicap parlay of the library aaakk: won, half won, half lost, pushed.
  test('half wins and half losses multiply: 2.015 × 1.5225 × 0.5 × 1 = 1.53391875', () => {
    const handicap = (odds: string, line: number) => leg(odds, { market: 'handicap', pick: 'home', line });
    const bet: ParlayBet = {
      type: 'parlay',
      stake: 1,
      legs: [handicap('2.015', -0.5), handicap('2.045', -0.75), handicap('1.9', -0.25), handicap('1.8', 0)],
    };
    const settlement = settle(bet, [score(1, 0), score(1, 0), score(0, 0), score(0, 0)]);
    expect(returned(settlement)).toBe('1.53391875');
    expect(settlement.status).toBe('part-won');
  });

  test('one lost leg loses it all, all void gives the stake back', () => {
    expect(settle(treble, [score(1, 0), score(0, 0), score(1, 0)])).toMatchObject({ status: 'lost' });
    const nothing: Result = { type: 'void' };
    expect(settle(treble, [nothing, nothing, nothing])).toMatchObject({ status: 'void', profit: { numerator: 0n } });
  });

  test('asks for one result per leg', () => {
    expect(() => settle(treble, [score(1, 0)])).toThrow('one result for each of its 3 selections, got 1');
    expect(() => settle({ ...treble, legs: treble.legs.slice(0, 1) }, [score(1, 0)])).toThrow(
      'from 2 to 50 legs, got 1',
    );
  });
});

describe('each-way and dead heats', () => {
  const race = (positions: Record<string, number>, rest: Partial<OutrightResult> = {}): OutrightResult => ({
    type: 'outright',
    positions,
    others: ['last'],
    ...rest,
  });
  const eachWay = (runner: string): Extract<Bet, { type: 'each-way' }> => ({
    type: 'each-way',
    stake: 20,
    odds: 17,
    selection: { market: 'outright', runner },
    terms: { places: 3, part: [1, 4] },
  });
  const toWin = { type: 'single', stake: 10, odds: 11, selection: { market: 'outright', runner: 'a' } } as const;

  // 20 each way at 16/1, a quarter of the odds for a place: DAZN's guide.
  test('won 440, placed 100, placed in a dead heat of two for the last place 50, lost 0', () => {
    expect(returned(settle(eachWay('a'), race({ a: 1, b: 2, c: 3 })))).toBe('440');
    expect(returned(settle(eachWay('a'), race({ b: 1, a: 2, c: 3 })))).toBe('100');
    expect(returned(settle(eachWay('a'), race({ b: 1, c: 2, a: 3, d: 3 })))).toBe('50');
    expect(settle(eachWay('last'), race({ b: 1, c: 2, a: 3 }))).toMatchObject({ status: 'lost' });
  });

  test('10 at 10/1 in a dead heat of two for the win returns 55 (Betfair)', () => {
    const settlement = settle(toWin, race({ a: 1, b: 1, c: 3 }));
    expect([returned(settlement), settlement.status]).toEqual(['55', 'part-won']);
  });

  test('a dead heat of n pays 1/n, exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 101, max: 5000 }), (n, cents) => {
        const positions = Object.fromEntries(Array.from({ length: n }, (_, i) => [i === 0 ? 'a' : `r${i}`, 1]));
        const settlement = settle({ ...toWin, odds: (cents / 100).toFixed(2), stake: n }, race(positions));
        expect(settlement.returned).toEqual({ numerator: BigInt(cents) / gcd(cents), denominator: 100n / gcd(cents) });
      }),
    );
  });
  const gcd = (cents: number): bigint => {
    let [a, b] = [cents, 100];
    while (b !== 0) [a, b] = [b, a % b];
    return BigInt(a);
  };

  test('all the money of a place market is paid out once, however the places are tied', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        (groups, places) => {
          const positions: Record<string, number> = {};
          let next = 1;
          for (const size of groups) {
            for (let i = 0; i < size; i++) positions[`r${next + i}`] = next;
            next += size;
          }
          let paid = 0;
          for (const runner of Object.keys(positions)) {
            const bet = {
              type: 'single',
              stake: 1,
              odds: 2,
              selection: { market: 'outright', runner, places },
            } as const;
            paid += toNumber(settle(bet, race(positions)).returned) / 2;
          }
          expect(paid).toBeCloseTo(places, 10);
        },
      ),
    );
  });

  test('positions that contradict each other are an error, not a payout', () => {
    const third = { ...toWin, selection: { market: 'outright', runner: 'c', places: 2 } } as const;
    expect(() => settle(third, race({ a: 1, b: 1, c: 2 }))).toThrow(
      '"c" cannot be 2 behind 2 others: after a dead heat the next position is 3',
    );
  });

  test('a non-runner is void, a stranger is an error', () => {
    expect(settle(toWin, race({ b: 1 }, { nonRunners: ['a'] }))).toMatchObject({ status: 'void' });
    expect(() => settle(toWin, race({ b: 1 }))).toThrow(
      '"a" is not in the result; name it in positions, others or nonRunners',
    );
    const strange = { ...toWin, selection: { market: 'outright', runner: 'toString' } } as const;
    expect(() => settle(strange, race({ b: 1 }))).toThrow('"toString" is not in the result');
  });
});

describe('lay bets and commission', () => {
  const lay = { ...single({ market: '1x2', pick: 'home' }, '3.00'), side: 'lay', commission: '0.05' } as const;
  test('a lay risks stake × (odds − 1), and commission comes off its profit', () => {
    const won = settle(lay, score(0, 0));
    expect([toFixed(won.risked, 2), toFixed(won.profit, 2), toFixed(won.commission, 2), won.status]).toEqual([
      '20.00',
      '9.50',
      '0.50',
      'won',
    ]);
    const lost = settle(lay, score(1, 0));
    expect([toFixed(lost.returned, 2), toFixed(lost.profit, 2), lost.status]).toEqual(['0.00', '-20.00', 'lost']);
  });
  test('what the backer wins the layer loses, to the last digit', () => {
    const pick = fc.constantFrom('home' as const, 'away' as const);
    const line = fc.integer({ min: -12, max: 12 }).map((quarters) => quarters / 4);
    const goals = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(pick, line, goals, goals, fc.integer({ min: 101, max: 2000 }), (side, at, home, away, cents) => {
        const bet = single({ market: 'handicap', pick: side, line: at }, (cents / 100).toFixed(2));
        const backed = settle(bet, score(home, away)).profit;
        const laid = settle({ ...bet, side: 'lay' }, score(home, away)).profit;
        expect(laid).toEqual({ numerator: -backed.numerator, denominator: backed.denominator });
      }),
    );
  });
});

describe('laws', () => {
  const NONE = { numerator: 1n, denominator: 3n };
  const line = fc.integer({ min: 0, max: 24 }).map((quarters) => quarters / 4);
  const goals = fc.integer({ min: 0, max: 8 });

  test('a void result returns every stake, whatever the bet', () => {
    const stake = fc.integer({ min: 1, max: 1_000_000 }).map((cents) => (cents / 100).toFixed(2));
    fc.assert(
      fc.property(stake, line, (amount, at) => {
        const nothing: Result = { type: 'void' };
        const selection = { market: 'total', pick: 'over', line: at } as const;
        const settlement = settle({ type: 'single', stake: amount, odds: '1.91', selection }, nothing);
        expect([toFixed(settlement.returned, 2), settlement.status]).toEqual([amount, 'void']);
      }),
    );
  });

  test('over and under share the stake: what one half wins the other loses', () => {
    fc.assert(
      fc.property(line, goals, goals, (at, home, away) => {
        const [over, under] = (['over', 'under'] as const).map((pick) =>
          settle(single({ market: 'total', pick, line: at }, 2), score(home, away)),
        );
        expect(toNumber(over?.profit ?? NONE) + toNumber(under?.profit ?? NONE)).toBe(0);
      }),
    );
  });

  test('draw no bet is the handicap of 0', () => {
    fc.assert(
      fc.property(goals, goals, fc.constantFrom('home' as const, 'away' as const), (home, away, pick) => {
        const a = settle(single({ market: 'draw-no-bet', pick }), score(home, away));
        const b = settle(single({ market: 'handicap', pick, line: 0 }), score(home, away));
        expect([a.status, a.returned]).toEqual([b.status, b.returned]);
      }),
    );
  });

  test('the shares of every bet sum to 1', () => {
    fc.assert(
      fc.property(line, goals, goals, (at, home, away) => {
        const { breakdown } = settle(single({ market: 'handicap', pick: 'home', line: -at }), score(home, away));
        expect(breakdown[0]?.parts.reduce((sum, { share }) => sum + toNumber(share), 0)).toBe(1);
      }),
    );
  });
});

test.each([
  [{ ...single({ market: '1x2', pick: 'home' }), stake: 0 }, score(1, 0), 'Stake must be greater than 0, got 0'],
  [
    { ...single({ market: '1x2', pick: 'home' }), stake: 'ten' },
    score(1, 0),
    'Stake must be a finite decimal number such as 12.50, got "ten"',
  ],
  [
    single({ market: '1x2', pick: 'home' }, '0.95'),
    score(1, 0),
    'Odds must be greater than 1 and at most 1000000, got 0.95',
  ],
  [single({ market: 'total', pick: 'over', line: 2.1 }), score(1, 0), 'A line must be a multiple of 0.25, got 21/10'],
  [single({ market: '1x2', pick: 'home' }), score(1.5, 0), 'Goals must be whole numbers from 0 to 1000, got 1.5-0'],
  [
    single({ market: '1x2', pick: 'home' }),
    { type: 'outright', positions: {} } as const,
    'A bet on 1x2 cannot be settled by a result of type "outright"',
  ],
  [
    { ...single({ market: '1x2', pick: 'home' }), commission: 1 },
    score(1, 0),
    'Commission must be from 0 to below 1 (0.02 is 2 %), got 1',
  ],
])('refuses bet %# with value and remedy', (bet, result, message) => {
  expect(() => settle(bet, result)).toThrow(message);
});

test.each([
  [{ market: '1x2', pick: 'nobody' }, 'A pick on 1x2 must be one of home, draw, away, got "nobody"'],
  [{ market: 'total', line: 2.5 }, 'A pick on total must be one of over, under, got "undefined"'],
  [{ market: 'total', pick: 'over', line: null }, 'Line must be a finite decimal number such as 12.50, got "null"'],
  [{ market: 'correct-score', home: -1, away: 0 }, 'Goals must be whole numbers from 0 to 1000, got -1-0'],
  [
    { market: '__proto__' },
    'Market must be one of 1x2, double-chance, draw-no-bet, total, handicap, correct-score, outright, got "__proto__"',
  ],
])('symptom: a misspelt selection settled as lost: %j is refused', (selection, message) => {
  const bet = { type: 'single', stake: 1, odds: 2, selection } as unknown as Bet & { type: 'single' };
  expect(() => settle(bet, score(1, 0))).toThrow(message);
});

test('results and amounts that are none are named', () => {
  const bet = single({ market: '1x2', pick: 'home' });
  expect(() => settle(bet, null as unknown as Result)).toThrow('A result must be an object with a type, got null');
  expect(() => settle(bet, { type: 'match', home: '1', away: 0 } as unknown as Result)).toThrow('got "1"-0');
  const nothing = { numerator: 1n, denominator: 0n };
  expect(() => settle({ ...bet, stake: nothing } as unknown as typeof bet, score(1, 0))).toThrow(
    'Stake must be a finite decimal number',
  );
});
