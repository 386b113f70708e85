import { describe, expect, test } from 'vitest';
import { BUDGETS } from '../testing/example.ts';
import { onInconclusive, parseBudgets, scenariosOf } from './parse-budgets.ts';

/** The budgets with one piece replaced, which must be there. */
const changed = (from: string, to: string): string => {
  expect(BUDGETS).toContain(from);
  return BUDGETS.replace(from, to);
};
const faults = (text: string): readonly string[] => {
  try {
    parseBudgets(text);
  } catch (error) {
    return String(error instanceof Error && error.message).split('\n');
  }
  return [];
};

test('a profile has its scenarios and those that it extends, each once, in order', () => {
  const { value } = parseBudgets(BUDGETS);
  const names = (profile: string) => scenariosOf(value, profile).map(([name]) => name);
  expect(names('pr')).toEqual(['predictions-50k']);
  expect(names('nightly')).toEqual(['predictions-50k', 'events-100']);
  expect([onInconclusive(value, 'pr'), onInconclusive(value, 'nightly')]).toEqual(['warn', 'fail']);
  expect(() => names('nigthly')).toThrow(
    /There is no profile "nigthly". Did you mean "nightly"\? There are pr, nightly/,
  );
});

describe('what would judge less than it seems to is refused, with its line and what was meant', () => {
  test.each<[string, string, string, string]>([
    [
      'an unknown metric',
      'drain.seconds',
      'drain.second',
      'budgets.json:13: scenarios.predictions-50k.slo[0].metric: There is no "drain.second" here. Did you mean "drain.seconds"?',
    ],
    [
      'a metric of another kind',
      '"pg.statements_per_1k"',
      '"cpu.ms_per_1k"',
      'budgets.json:18: scenarios.predictions-50k.counters[0].metric: There is no "cpu.ms_per_1k" here.',
    ],
    [
      'an unknown key',
      '"max": 1020',
      '"maximum": 1020',
      'budgets.json:13: scenarios.predictions-50k.slo[0].maximum: There is no key "maximum" here',
    ],
    [
      'a kind of budget that is none',
      '"counters"',
      '"counter"',
      'budgets.json:17: scenarios.predictions-50k.counter: There is no key "counter" here',
    ],
    [
      'a limit without a bound',
      '"max": 1020, ',
      '',
      'budgets.json:13: scenarios.predictions-50k.slo[0]: needs exactly one of max, maxExclusive, min and minExclusive, has 0',
    ],
    [
      'a limit with two bounds',
      '"max": 1020',
      '"max": 1020, "min": 1',
      'needs exactly one of max, maxExclusive, min and minExclusive, has 2',
    ],
    [
      'a limit that is a text',
      '"max": 1020',
      '"max": "1020"',
      'budgets.json:13: scenarios.predictions-50k.slo[0].max: ',
    ],
    [
      'a percentage without its sign',
      '"2%"',
      '"2"',
      'budgets.json:18: scenarios.predictions-50k.counters[0].maxIncrease: must be a percentage such as "2%"',
    ],
    [
      'an increase that is a number',
      '"2%"',
      '0.02',
      'budgets.json:18: scenarios.predictions-50k.counters[0].maxIncrease: ',
    ],
    [
      'no number of samples',
      '"requireSamples": 50000,',
      '',
      'budgets.json:9: scenarios.predictions-50k.requireSamples: is missing',
    ],
    [
      'a number of samples that is 0',
      '"requireSamples": 50000',
      '"requireSamples": 0',
      'budgets.json:11: scenarios.predictions-50k.requireSamples: ',
    ],
    [
      'a scenario that is not there',
      '["events-100"]',
      '["event-100"]',
      'budgets.json:6: profiles.nightly.include[0]: There is no scenario "event-100". Did you mean "events-100"?',
    ],
    [
      'a profile that is not there',
      '"extends": "pr"',
      '"extends": "pro"',
      'budgets.json:6: profiles.nightly.extends: There is no profile "pro". Did you mean "pr"?',
    ],
    [
      'a profile that extends itself',
      '"extends": "pr"',
      '"extends": "nightly"',
      'budgets.json:6: profiles.nightly.extends: "nightly" extends itself',
    ],
    [
      'a profile without scenarios',
      '["predictions-50k"]',
      '[]',
      'budgets.json:5: profiles.pr.include: A profile must include a scenario',
    ],
    [
      'rounds upside down',
      '[8, 24]',
      '[24, 8]',
      'budgets.json:21: scenarios.predictions-50k.relative[0].rounds: must have the less first, got 24, 8',
    ],
    ['too few rounds', '[8, 24]', '[2, 24]', 'budgets.json:21: scenarios.predictions-50k.relative[0].rounds[0]: '],
    [
      'a key twice',
      '"requireSamples": 50000,',
      '"requireSamples": 50000, "requireSamples": 1,',
      'budgets.json:11: scenarios.predictions-50k.requireSamples: The key "requireSamples" stands here twice',
    ],
    [
      'a scenario without budgets',
      '"slo": [{ "metric": "processed.share", "min": 0.99 }]',
      '"slo": []',
      'budgets.json:24: scenarios.events-100: needs a budget in slo, counters or relative',
    ],
    ['another version', '"version": 1', '"version": 2', 'budgets.json:3: version: '],
    ['no JSON', '"version": 1,', '"version": 1', 'budgets.json is no JSON: '],
  ])('%s', (_, from, to, message) => {
    expect(faults(changed(from, to)).some((fault) => fault.includes(message))).toBe(true);
  });

  test('a second budget for a counter, of which one would be forgotten', () => {
    const one = '{ "metric": "pg.statements_per_1k", "maxIncrease": "2%" }';
    expect(faults(changed(one, `${one}, ${one}`))).toEqual([
      'budgets.json:18: scenarios.predictions-50k.counters[1]: has a second budget for pg.statements_per_1k',
    ]);
  });

  test('several faults are all named', () => {
    const twice = changed('drain.seconds', 'drain.second').replace('"2%"', '"2"');
    expect(faults(twice)).toHaveLength(2);
  });

  test('budgets without a profile', () => {
    expect(faults('{"version": 1, "profiles": {}, "scenarios": {}}')).toEqual([
      'budgets.json:1: profiles: There must be at least one profile',
    ]);
  });
});
