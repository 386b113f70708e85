import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMargin } from './add-margin.ts';
import { compareMethods, DEVIG_METHODS, type DevigMethod, fairOdds } from './fair-odds.ts';

const decimals = (values: readonly number[], places = 9): string[] =>
  values.map((value) => value.toFixed(places).replace(/^0/, '').replace(/0+$/, ''));

// Computed with 30 digits; the Shin rows of the first two equal the README of the Python package `shin`, the
// multiplicative and Shin rows of the third equal the documentation of penaltyblog.
const GOLDENS: Record<string, Record<DevigMethod, readonly [string, number?]>> = {
  '2.6,2.4,4.3': {
    multiplicative: ['.372025955 .403028118 .224945926'],
    additive: ['.373335321 .405386603 .221278076'],
    power: ['.372984404 .405107167 .221908428', 1.03213695],
    shin: ['.37299406 .404779411 .222226529', 0.0169425128],
    'odds-ratio': ['.372428651 .404131304 .223440045', 1.05317379],
    goto: ['.373665083 .406005342 .220329574'],
  },
  '1.5,2.74': {
    multiplicative: ['.646226415 .353773585'],
    additive: ['.650851582 .349148418'],
    power: ['.65315228 .34684772', 1.05050957],
    shin: ['.650851582 .349148418', 0.0317272854],
    'odds-ratio': ['.651017818 .348982182', 1.07211253],
    goto: ['.653378114 .346621886'],
  },
  '2.7,2.3,4.4': {
    multiplicative: ['.358738036 .42112726 .220134704'],
    additive: ['.359561802 .42397404 .216464158'],
    power: ['.3591711 .423730753 .217098147', 1.03091324],
    shin: ['.35934392 .423243848 .217412232', 0.0162364429],
    'odds-ratio': ['.358810362 .422561422 .218628216', 1.05116913],
    goto: ['.359757408 .424727152 .215515439'],
  },
  '4.20,3.70,1.95': {
    multiplicative: ['.233155599 .264663112 .502181289'],
    additive: ['.231033231 .263208263 .505758506'],
    power: ['.23114098 .263064092 .505794928', 1.02065588],
    shin: ['.231571959 .263574496 .504853545', 0.0106080582],
    'odds-ratio': ['.232004527 .263641296 .504354177', 1.03445648],
    goto: ['.230469695 .262807476 .506722829'],
  },
};

describe.each(Object.entries(GOLDENS))('odds of %s', (text, golden) => {
  const odds = text.split(',').map(Number);
  test.each(DEVIG_METHODS)('%s equals the published digits', (method) => {
    const fair = fairOdds(odds, { method });
    const [probabilities, parameter] = golden[method];
    expect(decimals(fair.probabilities).join(' ')).toBe(probabilities);
    if (parameter !== undefined) expect(fair.parameter).toBeCloseTo(parameter, 8);
    expect(fair.problematic).toBe(false);
  });
  test('worst-case is the least of them per outcome', () => {
    const least = odds.map((_, i) =>
      Math.min(...DEVIG_METHODS.map((method) => fairOdds(odds, { method }).probabilities[i] ?? 1)),
    );
    expect(fairOdds(odds, { method: 'worst-case' }).probabilities).toEqual(least);
  });
});

test('gives the same bits as ever: exp and log are our own, the number of halvings is fixed', () => {
  const bits = (method: DevigMethod): string =>
    fairOdds([1.19, 7, 14], { method })
      .probabilities.map((p) => new DataView(new Float64Array([p]).buffer).getBigUint64(0, true).toString(16))
      .join(' ');
  expect(Object.fromEntries(DEVIG_METHODS.map((method) => [method, bits(method)]))).toMatchInlineSnapshot(`
    {
      "additive": "3fea4ee12a4ee12a 3fbfe90d9fe90d9f 3fab3fd21b3fd21a",
      "goto": "3fea95ec5201e9b1 3fbeea705af2f6da 3fa8cc5a29fb7733",
      "multiplicative": "3fe97f7d73404146 3fc156b17754a744 3fb156b17754a744",
      "odds-ratio": "3fea1c9ff2e76dc0 3fbf85ed0a355227 3faf2a26bd1e7fb6",
      "power": "3fea712ce3c73a57 3fbe4c0c3ae5d446 3fac55194dc0b204",
      "shin": "3fea19a6a3dad5f5 3fc0448515f15a83 3fad53816a8d369d",
    }
  `);
});

/** A market as a book makes it: probabilities, a margin, a method. */
const market = fc
  .record({
    weights: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 20 }),
    overround: fc.integer({ min: 1, max: 300 }).map((thousandths) => thousandths / 1000),
  })
  .map(({ weights, overround }) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { probabilities: weights.map((weight) => weight / total), overround };
  });

const offered = (probabilities: readonly number[], overround: number, method: DevigMethod): number[] | undefined => {
  try {
    return addMargin(probabilities, { overround, method });
  } catch {
    return undefined;
  }
};

describe.each(DEVIG_METHODS)('the law of %s', (method) => {
  test('fair(addMargin(p)) = p', () => {
    fc.assert(
      fc.property(market, ({ probabilities, overround }) => {
        const odds = offered(probabilities, overround, method);
        fc.pre(odds !== undefined);
        const fair = fairOdds(odds ?? [], { method });
        expect(fair.overround).toBeCloseTo(overround, 9);
        for (const [i, p] of probabilities.entries()) expect(fair.probabilities[i]).toBeCloseTo(p, 9);
      }),
    );
  });

  test('probabilities sum to the target and keep the order of the odds', () => {
    const quoted = fc.array(fc.integer({ min: 1001, max: 500_000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(quoted, fc.integer({ min: 1, max: 3 }), (thousandths, target) => {
        const odds = thousandths.map((value) => value / 1000);
        fc.pre(target < odds.length && odds.reduce((sum, value) => sum + 1 / value, 0) >= target);
        const { probabilities, problematic } = fairOdds(odds, { method, target });
        expect(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - target)).toBeLessThan(1e-9);
        expect(problematic).toBe(probabilities.some((p) => p < 0 || p > 1));
        for (const [i, a] of odds.entries()) {
          for (const [j, b] of odds.entries()) {
            if (a < b) expect(probabilities[i] ?? 0).toBeGreaterThanOrEqual((probabilities[j] ?? 0) - 1e-12);
          }
        }
      }),
    );
  });

  test('takes nothing from a book without margin', () => {
    expect(fairOdds([2, 4, 4], { method }).probabilities).toEqual([0.5, 0.25, 0.25]);
    expect(fairOdds([1 / 0.3, 1 / 0.6, 1 / 0.1], { method }).probabilities[2]).toBeCloseTo(0.1, 12);
  });
});

test('reaches every margin below n - 1 with power and odds-ratio', () => {
  fc.assert(
    fc.property(market, fc.constantFrom('power', 'odds-ratio'), ({ probabilities, overround }, method) => {
      fc.pre(overround < probabilities.length - 1.01);
      expect(offered(probabilities, overround, method as DevigMethod)).toBeDefined();
    }),
  );
});

test('names that are one method give one number: Shin is additive for two outcomes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1010, max: 1900 }), fc.integer({ min: 1010, max: 1900 }), (a, b) => {
      const [shin, additive] = (['shin', 'additive'] as const).map((method) =>
        fairOdds([a / 1000, b / 1000], { method }),
      );
      expect(shin?.probabilities[0]).toBeCloseTo(additive?.probabilities[0] ?? 0, 10);
    }),
  );
});

test('names that are one method give one number: margin weights proportional to the odds are additive', () => {
  // Buchdahl: fair odds = n·O / (n − M·O).
  const odds = [4.2, 3.7, 1.95];
  const margin = odds.reduce((sum, value) => sum + 1 / value, 0) - 1;
  const weighted = odds.map((value) => (3 * value) / (3 - margin * value));
  const { odds: additive } = fairOdds(odds, { method: 'additive' });
  for (const [i, value] of weighted.entries()) expect(additive[i]).toBeCloseTo(value, 12);
});

// Odds of the test suite of the R package `implied`: made to be problematic with the additive method.
const PROBLEMATIC = [0.87, 0.2, 0.1, 0.05, 0.02, 0.01].map((p) => 1 / p);

test('flags a method that leaves [0, 1], and leaves it out of intervals and worst case', () => {
  expect(fairOdds(PROBLEMATIC, { method: 'additive' }).problematic).toBe(true);
  expect(fairOdds(PROBLEMATIC, { method: 'additive' }).odds[5]).toBe(Number.POSITIVE_INFINITY);
  const compared = compareMethods(PROBLEMATIC);
  expect(compared.problematic).toEqual(['additive', 'goto']);
  expect(compared.intervals.every(({ min }) => min > 0)).toBe(true);
  expect(fairOdds(PROBLEMATIC, { method: 'worst-case' }).problematic).toBe(false);
  expect(() => compareMethods(PROBLEMATIC, { methods: ['additive'] })).toThrow(
    'No method of additive stays within [0, 1]',
  );
});

test('an interval holds every sound method and names the ends', () => {
  const { intervals, byMethod } = compareMethods([2.6, 2.4, 4.3]);
  expect(intervals[2]).toMatchObject({ minMethod: 'goto', maxMethod: 'multiplicative' });
  for (const fair of Object.values(byMethod)) {
    for (const [i, p] of fair.probabilities.entries()) {
      expect(p).toBeGreaterThanOrEqual(intervals[i]?.min ?? 1);
      expect(p).toBeLessThanOrEqual(intervals[i]?.max ?? 0);
    }
  }
});

test.each([
  [[2, 0.95], {}, 'Odds must be greater than 1, got 0.95 for outcome 2 of 2'],
  [[2, Number.NaN], {}, 'Odds must be greater than 1, got NaN for outcome 2 of 2'],
  [[2, 1e9], {}, 'Odds must be at most 1000000, got 1000000000 for outcome 2 of 2'],
  [[2], {}, 'A market has from 2 to 1000 outcomes, got 1'],
  [[2.1, 2.1], {}, 'The odds imply a sum of 0.952381, below the target 1: list every outcome, all from one book'],
  [[1.5, 1.5], { target: 2 }, 'The target must be at least 1 and below the 2 outcomes, got 2'],
  [[1.5, 1.5], { target: Number.NaN }, 'The target must be at least 1 and below the 2 outcomes, got NaN'],
  [
    [1.5, 1.5],
    { method: '__proto__' as DevigMethod },
    'Method must be one of multiplicative, additive, power, shin, odds-ratio, goto, got "__proto__"',
  ],
])('refuses odds %j with %j, naming value, place and remedy', (odds, options, message) => {
  expect(() => fairOdds(odds, options)).toThrow(message);
});

test.each([
  [[0.5, 0.4], { overround: 0.05 }, 'The probabilities must sum to the target 1, got 0.9'],
  [[1, 0], { overround: 0.05 }, 'No odds can be offered on a probability of 1 (outcome 1)'],
  [[0.5, 0.5], { overround: -0.1 }, 'The overround must be at least 0, got -0.1'],
  [[0.99, 0.01], { overround: 0.05, method: 'multiplicative' as const }, 'cannot put an overround of 0.05'],
])('refuses to price %j with %j', (probabilities, options, message) => {
  expect(() => addMargin(probabilities, options)).toThrow(message);
});
