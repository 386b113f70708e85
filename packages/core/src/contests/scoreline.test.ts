import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFunction } from '../rules/index.ts';
import { fiveThreeTwo } from './five-three-two.ts';
import { kicktipp } from './kicktipp.ts';
import { kicktippModified } from './kicktipp-modified.ts';
import { threeOne } from './three-one.ts';
import { uefaPredictor } from './uefa-predictor.ts';

const goals = fc.integer({ min: 0, max: 6 });
const scoreline = fc.record({ home: goals, away: goals });
const rest = { picked: 50, poolTotal: 100, boosted: false, stage: 1 };

describe.each([kicktipp, kicktippModified, fiveThreeTwo, threeOne, uefaPredictor])('$id', (ruleSet) => {
  const { score, scoreColumns } = toFunction(ruleSet);
  const pay = (one: { home: number; away: number }, result: { home: number; away: number }): number =>
    score({ ...one, resultHome: result.home, resultAway: result.away, ...rest }).milli ?? Number.NaN;

  test('nothing pays more than the exact scoreline', () => {
    fc.assert(
      fc.property(scoreline, scoreline, (one, result) => {
        expect(pay(one, result)).toBeLessThanOrEqual(pay(result, result));
      }),
      { seed: 1 },
    );
  });

  test('a wrong outcome never pays more than the right one', () => {
    fc.assert(
      fc.property(scoreline, scoreline, scoreline, (right, wrong, result) => {
        const outcome = (of: { home: number; away: number }): number => Math.sign(of.home - of.away);
        fc.pre(outcome(right) === outcome(result) && outcome(wrong) !== outcome(result));
        expect(pay(wrong, result)).toBeLessThanOrEqual(pay(right, result));
      }),
      { seed: 1 },
    );
  });

  test('the order of rows changes no points', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(scoreline, scoreline), { minLength: 1, maxLength: 30 }), (rows) => {
        const columns = (list: typeof rows) => ({
          ...Object.fromEntries(
            Object.keys(ruleSet.fields).map((name) => [name, list.map(() => Reflect.get(rest, name) ?? null)]),
          ),
          home: list.map(([one]) => one.home),
          away: list.map(([one]) => one.away),
          resultHome: list.map(([, result]) => result.home),
          resultAway: list.map(([, result]) => result.away),
        });
        const forwards = scoreColumns(columns(rows), rows.length).milli;
        const backwards = scoreColumns(columns(rows.toReversed()), rows.length).milli;
        expect([...backwards].reverse()).toEqual([...forwards]);
      }),
      { seed: 1 },
    );
  });
});
