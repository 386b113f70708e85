import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import { BASELINE, BUDGETS, GOOD, measurements, pairs } from '../testing/example.ts';
import { baselineOf, gate } from './gate.ts';
import type { Measurements, ScenarioMeasurements } from './measurements.ts';
import { readBaseline, readMeasurements } from './read-measurements.ts';
import { exitCodeOf, type Verdict, worst } from './result.ts';

const budgets = parseBudgets(BUDGETS);
const judge = (scenario: ScenarioMeasurements, baseline: typeof BASELINE | undefined = BASELINE) =>
  gate(budgets, measurements(scenario), { profile: 'pr', baseline });
const check = (scenario: ScenarioMeasurements, metric: string, baseline: typeof BASELINE | undefined = BASELINE) =>
  judge(scenario, baseline).scenarios[0]?.checks.find((one) => one.metric === metric);

test('a run that keeps every budget passes, with one check for each budget, invariant and the samples', () => {
  const result = judge(GOOD);
  expect(result).toMatchObject({ verdict: 'pass', exitCode: 0, profile: 'pr' });
  expect(result.scenarios[0]?.checks.map(({ layer, metric, line }) => `${line} ${layer} ${metric}`)).toEqual([
    '9 samples samples',
    '9 invariants rows.lost',
    '9 invariants rows.duplicated',
    '9 invariants rows.mis_scored',
    '9 invariants connections.leaked',
    '13 slo drain.seconds',
    '14 slo error.rate',
    '15 slo worker.per_minute',
    '18 counters pg.statements_per_1k',
    '21 relative cpu.ms_per_1k',
  ]);
});

test('what was measured with other params than the budget gives passed as what it is about', () => {
  const measured = check({ ...GOOD, params: { items: 50_000, workers: 20 } }, 'samples');
  expect(measured).toMatchObject({ verdict: 'fail', message: 'It was measured with workers 20 and not 3.' });
  expect(check({ ...GOOD, params: { workers: 3 } }, 'samples')?.message).toContain('items unset and not 50000');
  expect(check({ ...GOOD, params: { ...GOOD.params, kills: 2 } }, 'samples')).toMatchObject({ verdict: 'pass' });
  expect(check({ ...GOOD, params: undefined }, 'samples')).toMatchObject({ verdict: 'pass' });
});

describe('an invariant', () => {
  test('that does not hold is worse than any budget, and has an exit code of its own', () => {
    const lost = { ...GOOD, invariants: { ...GOOD.invariants, 'rows.lost': 1 } };
    expect(judge(lost)).toMatchObject({ verdict: 'violated', exitCode: 4 });
  });
});

describe('wall-clock time', () => {
  const windows = (own: NonNullable<ScenarioMeasurements['windows']>) => ({
    ...GOOD,
    windows: { ...GOOD.windows, ...own },
  });

  test('is judged by its best window, and says how much is left', () => {
    expect(check(GOOD, 'drain.seconds')).toMatchObject({
      measured: 2.9,
      limit: 1020,
      headroom: expect.closeTo(0.997, 3),
      message: '2.9, the best of 3, must be <= 1,020 (the guide, 3 workers).',
    });
    expect(check(windows({ 'drain.seconds': [1020, 5000] }), 'drain.seconds')).toMatchObject({
      verdict: 'pass',
      headroom: 0,
    });
    expect(check(windows({ 'drain.seconds': [1020.1, 5000] }), 'drain.seconds')).toMatchObject({ verdict: 'fail' });
  });

  test('faults are judged by their worst window', () => {
    expect(check(windows({ 'error.rate': [0, 0.001] }), 'error.rate')).toMatchObject({
      verdict: 'fail',
      measured: 0.001,
    });
    expect(check(windows({ 'error.rate': [0, 0.0009] }), 'error.rate')).toMatchObject({ verdict: 'pass' });
  });

  test('of rates more is better', () => {
    expect(check(windows({ 'worker.per_minute': [900, 1000] }), 'worker.per_minute')).toMatchObject({
      verdict: 'pass',
      measured: 1000,
    });
    expect(check(windows({ 'worker.per_minute': [900, 999] }), 'worker.per_minute')).toMatchObject({ verdict: 'fail' });
  });

  test('says nothing when the run was disturbed; counters and CPU still do', () => {
    const disturbed = judge({ ...GOOD, disturbed: ['the generator lagged 40 ms'] });
    expect(
      disturbed.scenarios[0]?.checks.filter(({ verdict }) => verdict !== 'pass').map(({ metric }) => metric),
    ).toEqual(['drain.seconds', 'error.rate', 'worker.per_minute']);
    expect(disturbed).toMatchObject({ verdict: 'inconclusive', exitCode: 0 });
  });
});

test('each kind of bound holds exactly', () => {
  const kept = (bound: object, value: number) => {
    const one = parseBudgets(BUDGETS.replace('"max": 1020', JSON.stringify(bound).slice(1, -1)));
    const given = measurements({ ...GOOD, windows: { ...GOOD.windows, 'drain.seconds': [value] } });
    return gate(one, given, { profile: 'pr', baseline: BASELINE }).verdict;
  };
  expect([kept({ max: 5 }, 5), kept({ max: 5 }, 5.1)]).toEqual(['pass', 'fail']);
  expect([kept({ maxExclusive: 5 }, 4.9), kept({ maxExclusive: 5 }, 5)]).toEqual(['pass', 'fail']);
  expect([kept({ min: 5 }, 5), kept({ min: 5 }, 4.9)]).toEqual(['pass', 'fail']);
  expect([kept({ minExclusive: 5 }, 5.1), kept({ minExclusive: 5 }, 5)]).toEqual(['pass', 'fail']);
});

describe('a work counter', () => {
  const counted = (...values: number[]) => ({ ...GOOD, counters: { 'pg.statements_per_1k': values } });

  test('fails beyond its increase against the baseline', () => {
    expect(check(counted(40.8), 'pg.statements_per_1k')).toMatchObject({ verdict: 'pass', limit: 40.8 });
    expect(check(counted(41), 'pg.statements_per_1k')).toMatchObject({
      verdict: 'fail',
      message: '41, +2.5 % against 40, must be at most +2%.',
    });
  });

  test('that improved asks to be kept', () => {
    expect(check(counted(37), 'pg.statements_per_1k')?.message).toBe(
      '37, −7.5 % against 40, must be at most +2%. It improved: --update-baseline keeps it so.',
    );
  });

  test.each([
    ['there is no baseline', undefined, 'there is no baseline yet'],
    ['the baseline has none', { ...BASELINE, counters: {} }, 'the baseline has none'],
    [
      'the baseline is of another Postgres',
      { ...BASELINE, fingerprint: { postgres: '17', schema: '7' } },
      'with another postgres',
    ],
    [
      'the baseline was taken with other params',
      { ...BASELINE, params: { 'predictions-50k': { items: 20_000, workers: 3 } } },
      'with items 20000 and not 50000',
    ],
    ['the baseline knows less of its machine', { ...BASELINE, fingerprint: { postgres: '18' } }, 'with another schema'],
  ])('is inconclusive when %s, and never a pass', (_, baseline, message) => {
    const found = gate(budgets, measurements(), { profile: 'pr', baseline });
    expect(found.verdict).toBe('inconclusive');
    expect(found.scenarios[0]?.checks.find(({ layer }) => layer === 'counters')?.message).toContain(message);
  });

  test('a baseline of 0 allows none', () => {
    const none = { ...BASELINE, counters: { 'predictions-50k': { 'pg.statements_per_1k': 0 } } };
    expect(check(counted(0), 'pg.statements_per_1k', none)?.verdict).toBe('pass');
    expect(check(counted(0.1), 'pg.statements_per_1k', none)?.verdict).toBe('fail');
  });
});

describe('cost against another build', () => {
  const paired = (ratio: number, rounds?: number) => ({ ...GOOD, pairs: { 'cpu.ms_per_1k': pairs(ratio, rounds) } });

  test('fails when all of the interval lies beyond the budget', () => {
    expect(check(paired(1.3), 'cpu.ms_per_1k')).toMatchObject({ verdict: 'fail', limit: 1.1 });
    expect(check(paired(1.05), 'cpu.ms_per_1k')).toMatchObject({ verdict: 'pass' });
  });

  test('asks for more rounds while it does not know', () => {
    expect(check(paired(1.095), 'cpu.ms_per_1k')).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('Up to 24 rounds may decide it.'),
    });
  });

  test('of too few rounds, or rounds that are not in turn, fails', () => {
    expect(check(paired(1, 6), 'cpu.ms_per_1k')).toMatchObject({
      verdict: 'fail',
      message: 'A decision needs at least 8 rounds, got 6.',
    });
    const uneven = pairs(1).map((pair) => ({ ...pair, first: 'base' as const }));
    expect(check({ ...GOOD, pairs: { 'cpu.ms_per_1k': uneven } }, 'cpu.ms_per_1k')).toMatchObject({ verdict: 'fail' });
  });
});

describe('what is not measured never passes', { timeout: 60_000 }, () => {
  const badness: readonly Verdict[] = ['pass', 'inconclusive', 'fail', 'violated'];

  test('whatever is taken away, the verdict does not get better, and is a failure', () => {
    const whole: Measurements = measurements();
    const paths = Object.entries(whole.scenarios).flatMap(([name, scenario]) => [
      [name],
      ...(['invariants', 'windows', 'counters', 'pairs'] as const).flatMap((kind) => [
        [name, kind],
        ...Object.keys(scenario[kind] ?? {}).map((metric) => [name, kind, metric]),
      ]),
    ]);
    fc.assert(
      fc.property(fc.subarray(paths, { minLength: 1 }), (removed) => {
        const rest = structuredClone(whole) as { scenarios: object };
        for (const path of removed) remove(rest.scenarios, path);
        const result = gate(budgets, rest as Measurements, { profile: 'nightly', baseline: BASELINE });
        const measured = removed.some(
          ([name, kind]) => kind === undefined || whole.scenarios[name ?? '']?.[kind as 'windows'] !== undefined,
        );
        if (measured) expect(badness.indexOf(result.verdict)).toBeGreaterThanOrEqual(badness.indexOf('fail'));
      }),
    );
  });

  test('fewer samples than are required', () => {
    expect(judge({ ...GOOD, samples: 49_999 })).toMatchObject({ verdict: 'fail', exitCode: 1 });
  });

  test('empty lists, and numbers that are none', () => {
    for (const values of [[], [Number.NaN]]) {
      const windows = { ...GOOD.windows, 'drain.seconds': values, 'worker.per_minute': values };
      expect(check({ ...GOOD, windows }, 'drain.seconds')?.verdict).toBe('fail');
      expect(check({ ...GOOD, windows }, 'worker.per_minute')?.verdict).toBe('fail');
      expect(check({ ...GOOD, counters: { 'pg.statements_per_1k': values } }, 'pg.statements_per_1k')?.verdict).toBe(
        'fail',
      );
    }
    expect(judge({ ...GOOD, samples: Number.NaN }).verdict).toBe('fail');
    expect(judge({ ...GOOD, invariants: { ...GOOD.invariants, 'rows.lost': Number.NaN } }).verdict).toBe('violated');
  });

  test('nothing checked is nothing proven', () => expect(worst([])).toBe('fail'));
});

test('each verdict has its exit code; a profile says whether inconclusive is one', () => {
  const codes = (on: 'warn' | 'fail') =>
    (['pass', 'fail', 'inconclusive', 'violated'] as const).map((verdict) => exitCodeOf(verdict, on));
  expect(codes('warn')).toEqual([0, 1, 0, 4]);
  expect(codes('fail')).toEqual([0, 1, 3, 4]);
});

describe('a new baseline', () => {
  test('has the medians of what budgets name, and keeps what was not measured this time', () => {
    expect(baselineOf(budgets, measurements())).toEqual(BASELINE);
    const { 'events-100': events = GOOD } = measurements().scenarios;
    const others = { ...measurements(), scenarios: { 'events-100': events } };
    expect(baselineOf(budgets, others, BASELINE)).toEqual(BASELINE);
    expect(baselineOf(budgets, others, { ...BASELINE, fingerprint: { postgres: '17' } }).counters).toEqual({});
  });

  test('keeps no counter that was taken with other params', () => {
    const { counters: _, ...uncounted } = GOOD;
    const now = { ...uncounted, params: { items: 20_000, workers: 3 } };
    expect(baselineOf(budgets, measurements(now), BASELINE).counters).toEqual({});
    expect(baselineOf(budgets, measurements(uncounted), BASELINE)).toEqual(BASELINE);
  });
});

describe('a measurements or baseline file', () => {
  test('comes back as it was written', () => {
    expect(readMeasurements(JSON.stringify(measurements()))).toEqual(measurements());
    expect(readBaseline(JSON.stringify(BASELINE))).toEqual(BASELINE);
  });

  test.each([
    ['"drain.seconds"', '"drain.second"'],
    ['"samples":50000', '"samples":-1'],
    ['"samples":50000', '"sample":50000'],
    ['"first":"base"', '"first":"both"'],
    ['"base":20', '"base":0'],
    ['"version":1', '"version":3'],
    ['2026-11-25T19:00:00Z', 'yesterday'],
  ])('with %s as %s is refused', (from, to) => {
    expect(() => readMeasurements(JSON.stringify(measurements()).replace(from, to))).toThrow(
      expect.objectContaining({ code: 'MEASUREMENTS_INVALID' }),
    );
  });

  test('names a baseline as one', () => {
    expect(() => readBaseline('{}')).toThrow(expect.objectContaining({ code: 'BASELINE_INVALID' }));
  });
});

function remove(from: object, [step = '', ...rest]: readonly string[]): void {
  const inner: unknown = Reflect.get(from, step);
  if (rest.length === 0) Reflect.deleteProperty(from, step);
  else if (typeof inner === 'object' && inner !== null) remove(inner, rest);
}
