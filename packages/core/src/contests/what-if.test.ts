import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFunction } from '../rules/index.ts';
import { kicktipp } from './kicktipp.ts';
import { type OpenMatch, openMatch, scorelines } from './open-match.ts';
import { type WhatIf, type WhatIfQuestion, whatIf } from './what-if.ts';

const match = (name: string, ...points: readonly number[][]): OpenMatch => ({
  match: name,
  outcomes: points.map((milli, i) => ({ outcomes: [`${name}${i}`], milli })),
});

/** Tries every combination of outcomes. */
function bruteForce({
  totals,
  matches,
  entrant,
  places = 1,
  ties = 'share',
}: WhatIfQuestion): Omit<WhatIf, 'way' | 'complete'> {
  let combinations: { choice: number[]; totals: readonly number[] }[] = [{ choice: [], totals }];
  for (const { outcomes } of matches) {
    combinations = combinations.flatMap(({ choice, totals: before }) =>
      outcomes.map(({ milli }, o) => ({
        choice: [...choice, o],
        totals: before.map((total, e) => total + (milli[e] ?? 0)),
      })),
    );
  }
  const own = combinations.map((c) => c.totals[entrant] ?? 0);
  const inside = combinations.filter((c) => {
    const mine = c.totals[entrant] ?? 0;
    const ahead = c.totals.filter((total, e) => e !== entrant && (ties === 'ahead' ? total >= mine : total > mine));
    return ahead.length < places;
  });
  const all = inside.length === combinations.length;
  return {
    highest: Math.max(...own),
    lowest: Math.min(...own),
    status: inside.length === 0 ? 'eliminated' : all ? 'clinched' : 'open',
    needed:
      inside.length === 0
        ? []
        : matches.flatMap(({ match: name, outcomes }, m) => {
            const left = outcomes.filter((_, o) => inside.some(({ choice }) => choice[m] === o));
            return left.length === outcomes.length
              ? []
              : [{ match: name, outcomes: left.flatMap((one) => one.outcomes) }];
          }),
  };
}

const questions: fc.Arbitrary<WhatIfQuestion> = fc
  .record({ entrants: fc.integer({ min: 1, max: 6 }), open: fc.integer({ min: 0, max: 4 }) })
  .chain(({ entrants, open }) =>
    fc.record({
      totals: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: entrants, maxLength: entrants }),
      matches: fc
        .array(
          fc.array(fc.array(fc.integer({ min: -1, max: 4 }), { minLength: entrants, maxLength: entrants }), {
            minLength: 1,
            maxLength: 5,
          }),
          { minLength: open, maxLength: open },
        )
        .map((list) => list.map((points, i) => match(`m${i}`, ...points))),
      entrant: fc.integer({ min: 0, max: entrants - 1 }),
      places: fc.integer({ min: 1, max: entrants }),
      ties: fc.constantFrom('share' as const, 'ahead' as const),
    }),
  );

describe('properties', { timeout: 60_000 }, () => {
  test('says what trying every combination of outcomes says', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { way, complete, ...answer } = whatIf(question);
        expect(complete).toBe(true);
        expect(answer).toEqual(bruteForce(question));
      }),
      { numRuns: 3000, seed: 20261124 },
    );
  });

  test('does not depend on the order of the entrants', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { totals, matches, entrant } = question;
        const turned = {
          ...question,
          totals: totals.toReversed(),
          matches: matches.map(({ match: name, outcomes }) => ({
            match: name,
            outcomes: outcomes.map((one) => ({ ...one, milli: Array.from(one.milli).reverse() })),
          })),
          entrant: totals.length - 1 - entrant,
        };
        const { way, ...answer } = whatIf(turned);
        const { way: _, ...expected } = whatIf(question);
        expect(answer).toEqual(expected);
      }),
      { numRuns: 500, seed: 20261124 },
    );
  });

  test('more points for the entrant never make the outlook worse', () => {
    const order = ['eliminated', 'open', 'clinched'];
    fc.assert(
      fc.property(questions, fc.integer({ min: 1, max: 5 }), (question, more) => {
        const before = whatIf(question);
        const totals = question.totals.with(question.entrant, (question.totals[question.entrant] ?? 0) + more);
        const after = whatIf({ ...question, totals });
        expect(after.highest).toBe(before.highest + more);
        expect(order.indexOf(after.status)).toBeGreaterThanOrEqual(order.indexOf(before.status));
      }),
      { numRuns: 500, seed: 20261124 },
    );
  });

  test('claims nothing that it did not decide', () => {
    let undecided = 0;
    fc.assert(
      fc.property(questions, fc.integer({ min: 1, max: 12 }), (question, maxSteps) => {
        const answer = whatIf({ ...question, maxSteps });
        const truth = bruteForce(question);
        if (answer.status === 'undecided') undecided++;
        else expect(answer.status).toBe(truth.status);
        if (answer.complete) expect(answer.needed).toEqual(truth.needed);
        for (const { match: name, outcomes } of answer.needed) {
          const possible = truth.needed.find((one) => one.match === name)?.outcomes ?? [];
          expect(outcomes).toEqual(expect.arrayContaining([...possible]));
        }
      }),
      { numRuns: 1000, seed: 20261124 },
    );
    expect(undecided).toBeGreaterThan(50);
  });

  test('the way that it shows leads into the places', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { way, status } = whatIf(question);
        if (status === 'eliminated') {
          expect(way).toEqual([]);
          return;
        }
        const played = question.matches.map(({ match: name, outcomes }, m) => ({
          match: name,
          outcomes: outcomes.filter((one) => one.outcomes[0] === way[m]),
        }));
        expect(whatIf({ ...question, matches: played }).status).toBe('clinched');
      }),
      { numRuns: 1000, seed: 20261124 },
    );
  });
});

test('an open match pays each entrant what the rule set pays for each outcome', () => {
  const { score } = toFunction(kicktipp);
  const goals = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.record({ home: goals, away: goals })), { minLength: 1, maxLength: 6 }),
      (entries) => {
        const { outcomes } = openMatch(kicktipp, 'm', entries, scorelines(4));
        const names = outcomes.flatMap((one) => one.outcomes);
        expect(names.toSorted()).toEqual(
          scorelines(4)
            .map(({ outcome }) => outcome)
            .toSorted(),
        );
        for (const { outcomes: same, milli } of outcomes) {
          for (const name of same) {
            const [resultHome, resultAway] = name.split('-').map(Number);
            const paid = entries.map((entry) =>
              entry === null ? 0 : score({ ...entry, resultHome, resultAway }).milli,
            );
            expect(Array.from(milli)).toEqual(paid);
          }
        }
      },
    ),
    { numRuns: 100, seed: 20261124 },
  );
});

const predictions = [
  [2, 1],
  [1, 1],
  [0, 2],
].map(([home, away]) => ({ home, away }));
const last = openMatch(kicktipp, 'final', predictions, scorelines(5));

test('outcomes that pay everybody the same are one', () => {
  // exact for each of three, difference, outcome: 2-1; other by one; other home wins; 1-1; other draws; 0-2; by two; others
  expect(last.outcomes).toHaveLength(8);
});

test('the leader by two with the same prediction as the second has clinched', () => {
  const same = openMatch(kicktipp, 'final', [predictions[0] ?? null, predictions[0] ?? null], scorelines(5));
  expect(whatIf({ totals: [12_000, 10_000], matches: [same], entrant: 0 })).toMatchObject({
    status: 'clinched',
    highest: 16_000,
  });
  expect(whatIf({ totals: [12_000, 10_000], matches: [same], entrant: 1 })).toMatchObject({
    status: 'eliminated',
    highest: 14_000,
  });
});

test('the second, four behind, needs the exact scoreline, and only shares the win', () => {
  const question = { totals: [10_000, 6_000, 0], matches: [last], entrant: 1 };
  expect(whatIf(question).needed).toEqual([{ match: 'final', outcomes: ['1-1'] }]);
  expect(whatIf({ ...question, ties: 'ahead' }).status).toBe('eliminated');
});

test('an entrant without a prediction earns nothing', () => {
  const open = openMatch(kicktipp, 'final', [null, { home: 1, away: 0 }], scorelines(2));
  expect(open.outcomes.every(({ milli }) => milli[0] === 0)).toBe(true);
});

test('points too large for exact weights are searched without them', () => {
  const large = 2 ** 50;
  const open = [match('m0', [large, 0, 1], [0, large, 1]), match('m1', [large, 0, 2], [0, large, 2])];
  for (const entrant of [0, 1, 2]) {
    const { way, complete, ...answer } = whatIf({ totals: [0, 1, 2], matches: open, entrant });
    expect(answer).toEqual(bruteForce({ totals: [0, 1, 2], matches: open, entrant }));
  }
});

test('a total that is no number is refused by its place', () => {
  expect(() => whatIf({ totals: [1, Number.NaN], matches: [], entrant: 0 })).toThrow(
    'totals[1] must be whole milli-points, got NaN.',
  );
});

test('points for fewer entrants than there are totals are refused', () => {
  expect(() => whatIf({ totals: [1, 2, 3], matches: [match('m', [1, 2])], entrant: 0 })).toThrow(
    'Match "m" needs outcomes with points for 3 entrants, got points for 2.',
  );
});
