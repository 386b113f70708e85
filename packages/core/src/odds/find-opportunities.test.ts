import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMargin } from './add-margin.ts';
import { fairOdds } from './fair-odds.ts';
import { findOpportunities, type OpportunityOptions, type Quote } from './find-opportunities.ts';

const NOW = 1_750_000_000_000;
const MINUTE = 60_000;
const options: OpportunityOptions = { now: NOW, anchors: ['sharp', 'second'], commissions: { exchange: 0.02 } };
const quote = (book: string, outcome: string, odds: number, rest: Partial<Quote> = {}): Quote => ({
  market: 'm1',
  outcome,
  book,
  odds,
  at: NOW - MINUTE,
  ...rest,
});
const sharp = [quote('sharp', 'home', 2.0), quote('sharp', 'draw', 3.6), quote('sharp', 'away', 4.0)];

test('finds a price above the fair one of a three-way market, and labels it', () => {
  const { opportunities, compared } = findOpportunities(
    [...sharp, quote('soft', 'home', 2.2), quote('soft', 'away', 4.1), quote('soft', 'draw', 3.3)],
    options,
  );
  expect(compared).toBe(3);
  expect(opportunities.map(({ outcome, label }) => [outcome, label])).toEqual([['home', 'take']]);
  expect(opportunities[0]).toMatchObject({
    market: 'm1',
    book: 'soft',
    odds: 2.2,
    anchors: ['sharp'],
    ageMs: MINUTE,
    anchorAgeMs: MINUTE,
  });
});

test('defect of the original: outcomes anchored on different books have probabilities that sum to more than 1', () => {
  // Best major price per outcome, each de-vigged with its own book's other side: 52.4 % and 52.4 %.
  const books = { a: [2.0, 1.8], b: [1.8, 2.0] };
  const theirs = [
    fairOdds(books.b, { method: 'multiplicative' }).probabilities[0],
    fairOdds(books.a, { method: 'multiplicative' }).probabilities[1],
  ];
  expect((theirs[0] ?? 0) + (theirs[1] ?? 0)).toBeGreaterThan(1.04);
  const board = Object.entries(books).flatMap(([book, [home = 0, away = 0]]) => [
    quote(book, 'home', home),
    quote(book, 'away', away),
  ]);
  const soft = [quote('soft', 'home', 3), quote('soft', 'away', 3)];
  for (const consensus of ['first', 'age-weighted'] as const) {
    const report = findOpportunities([...board, ...soft], {
      ...options,
      anchors: ['a', 'b'],
      consensus,
      methods: ['power'],
    });
    const sum = report.opportunities
      .filter(({ book }) => book === 'soft')
      .reduce((total, { probability }) => total + probability.min, 0);
    expect(sum).toBeCloseTo(1, 12);
  }
});

test('defect of the original: markets of three outcomes were dropped', () => {
  expect(findOpportunities([...sharp, quote('soft', 'draw', 4.5)], options).opportunities).toHaveLength(1);
});

test('commission is taken off before the price is judged', () => {
  const at = (book: string) => findOpportunities([...sharp, quote(book, 'home', 2.14)], options).opportunities[0];
  expect(at('soft')?.expectedValue.min).toBeGreaterThan(at('exchange')?.expectedValue.min ?? 1);
  expect(at('exchange')?.netOdds).toBeCloseTo(2.1172, 10);
});

test('a bet to one method and none to another is offered only when asked for', () => {
  const board = [quote('sharp', 'home', 1.17), quote('sharp', 'away', 5.9), quote('soft', 'away', 6.3)];
  expect(findOpportunities(board, options).opportunities).toEqual([]);
  const [found] = findOpportunities(board, { ...options, judge: 'max' }).opportunities;
  expect(found?.label).toBe('try-better');
  expect(found?.expectedValue.min).toBeLessThan(0);
});

describe('anchoring', () => {
  const soft = quote('soft', 'home', 3);
  test('a stale or suspended price of the sharp book hands over to the next', () => {
    const second = [quote('second', 'home', 2), quote('second', 'draw', 3.5), quote('second', 'away', 4.1)];
    const stale = sharp.map((entry, i) => (i === 1 ? { ...entry, at: NOW - 11 * MINUTE } : entry));
    const report = findOpportunities([...stale, ...second, soft], options);
    expect(report.opportunities.find(({ book }) => book === 'soft')?.anchors).toEqual(['second']);
    expect(report.rejected).toEqual([{ index: 1, reason: 'stale' }]);
    const suspended = sharp.map((entry) => ({ ...entry, suspended: true }));
    expect(findOpportunities([...suspended, soft], options)).toMatchObject({
      opportunities: [],
      skipped: [{ market: 'm1', reason: 'no-anchor' }],
    });
  });
  test('a sharp book without the draw is no anchor, even when it alone would make a market', () => {
    const report = findOpportunities(
      [quote('sharp', 'home', 2), quote('sharp', 'away', 4), quote('other', 'draw', 3.5), soft],
      options,
    );
    expect(report.skipped[0]).toMatchObject({ reason: 'anchor-invalid' });
    expect(report.skipped[0]?.error?.message).toContain('below the target 1');
  });
  test('an outcome that one soft book alone names does not hide the market', () => {
    const report = findOpportunities([...sharp, soft, quote('soft', 'Home', 3)], options);
    expect(report.opportunities).toHaveLength(1);
    expect(report.rejected).toEqual([{ index: 4, reason: 'unknown-outcome' }]);
  });
  test('age weighting gives a price half the weight per half life', () => {
    const market = (book: string, home: number, at: number) => [
      quote(book, 'home', home, { at }),
      quote(book, 'away', 1 / (1 - 1 / home), { at }),
    ];
    const board = [...market('sharp', 2, NOW), ...market('second', 4, NOW - 5 * MINUTE), quote('soft', 'home', 9)];
    const { opportunities } = findOpportunities(board, {
      ...options,
      consensus: 'age-weighted',
      halfLifeMs: 5 * MINUTE,
    });
    expect(opportunities[0]?.probability.min).toBeCloseTo((2 * 0.5 + 0.25) / 3, 12);
    expect(opportunities[0]?.anchorAgeMs).toBe(5 * MINUTE);
  });
  test('a target of 3 prices a market in which three come true', () => {
    const runners = ['a', 'b', 'c', 'd', 'e', 'f'];
    const odds = addMargin(
      runners.map(() => 0.5),
      { overround: 0.05, target: 3 },
    );
    const board = [...runners.map((runner, i) => quote('sharp', runner, odds[i] ?? 0)), quote('soft', 'a', 2.2)];
    const { opportunities } = findOpportunities(board, { ...options, targets: { m1: 3 } });
    expect(opportunities[0]?.probability.min).toBeCloseTo(0.5, 9);
  });
});

test('a bad quote is refused by itself, with its place; its neighbours are unaffected', () => {
  const bad = [
    quote('soft', 'home', 0.95),
    quote('soft', 'home', Number.NaN),
    quote('soft', 'home', 3, { at: Number.NaN }),
    quote('soft', 'home', 3, { at: NOW + 60 * MINUTE }),
  ];
  const { opportunities, rejected } = findOpportunities([...bad, ...sharp, quote('fine', 'home', 2.3)], options);
  expect(opportunities.map(({ book }) => book)).toEqual(['fine']);
  expect(rejected.map(({ index, reason }) => [index, reason])).toEqual([
    [0, 'invalid'],
    [1, 'invalid'],
    [2, 'invalid'],
    [3, 'future'],
  ]);
  expect(rejected[0]?.error?.message).toBe('Odds must be greater than 1, got 0.95 for outcome "home" of "m1" at soft');
});

test('symptom: odds as text passed for a number', () => {
  const [rejected] = findOpportunities([quote('soft', 'home', '2.30' as unknown as number)], options).rejected;
  expect(rejected?.error?.message).toBe(
    'Odds must be a number, got "2.30" for outcome "home" of "m1" at soft; read texts with parseOdds',
  );
});

test('quotes that are none are refused like bad ones', () => {
  const none = [null, 7, {}, { ...quote('soft', '', 3) }] as unknown as Quote[];
  const { rejected, opportunities } = findOpportunities([...none, ...sharp, quote('fine', 'home', 2.3)], options);
  expect(rejected.map(({ index, reason }) => [index, reason])).toEqual([
    [0, 'invalid'],
    [1, 'invalid'],
    [2, 'invalid'],
    [3, 'invalid'],
  ]);
  expect(opportunities).toHaveLength(1);
});

test('the latest of several quotes counts, in whatever order they come', () => {
  const older = quote('soft', 'home', 9, { at: NOW - 3 * MINUTE });
  const newer = quote('soft', 'home', 2.3);
  for (const board of [
    [older, newer],
    [newer, older],
  ]) {
    const report = findOpportunities([...sharp, ...board], options);
    expect(report.opportunities.map(({ odds }) => odds)).toEqual([2.3]);
    expect(report.rejected).toEqual([{ index: 3 + board.indexOf(older), reason: 'superseded' }]);
  }
});

test('symptom: a quote from a clock that runs ahead displaced the true one', () => {
  const ahead = quote('soft', 'home', 9, { at: NOW + 60 * MINUTE });
  const { opportunities, rejected } = findOpportunities([...sharp, quote('soft', 'home', 2.3), ahead], options);
  expect(opportunities.map(({ odds }) => odds)).toEqual([2.3]);
  expect(rejected).toEqual([{ index: 4, reason: 'future' }]);
});

test('the order of thresholds does not matter', () => {
  const thresholds = [
    { label: 'some', min: 0 },
    { label: 'much', min: 0.1 },
  ];
  const { opportunities } = findOpportunities([...sharp, quote('soft', 'home', 2.6)], { ...options, thresholds });
  expect(opportunities.map(({ label }) => label)).toEqual(['much']);
});

test('the order of the board does not matter', () => {
  const board = [
    ...sharp,
    quote('soft', 'home', 2.3),
    quote('soft', 'away', 4.9),
    quote('exchange', 'draw', 4.2),
    quote('second', 'home', 2.2),
  ];
  const expected = findOpportunities(board, options).opportunities;
  expect(expected.length).toBeGreaterThan(3);
  fc.assert(
    fc.property(fc.shuffledSubarray(board, { minLength: board.length }), (shuffled) => {
      expect(findOpportunities(shuffled, options).opportunities).toEqual(expected);
    }),
  );
});

test('names that JavaScript objects already know are names like any other', () => {
  const board = sharp.map((entry) => ({ ...entry, market: '__proto__' }));
  const report = findOpportunities([...board, { ...quote('constructor', 'home', 2.3), market: '__proto__' }], options);
  expect(report.opportunities[0]).toMatchObject({ market: '__proto__', book: 'constructor', netOdds: 2.3 });
});

test.each([
  [{ anchors: [] }, 'Name at least one sharp book in anchors'],
  [{ now: Number.NaN }, 'now must be epoch milliseconds, got NaN'],
  [{ methods: ['nope' as never] }, 'Method must be one of multiplicative'],
  [{ maxAgeMs: 0 }, 'maxAgeMs must be above 0, got 0'],
  [{ commissions: { exchange: 2 } }, 'Commission must be from 0 to below 1 (0.02 is 2 %), got 2'],
])('refuses options %j', (change, message) => {
  expect(() => findOpportunities([], { ...options, ...change })).toThrow(message);
});
