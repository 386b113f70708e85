import { describe, expect, test } from 'vitest';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import { gate } from '../gate/gate.ts';
import { readResult } from '../gate/read-result.ts';
import type { Check, Result, Verdict } from '../gate/result.ts';
import { BASELINE, BUDGETS, GOOD, measurements, pairs } from '../testing/example.ts';
import { annotations } from './annotations.ts';
import { junit } from './junit.ts';
import { stepSummary } from './step-summary.ts';
import { text } from './text.ts';

const result: Result = gate(
  parseBudgets(BUDGETS),
  measurements({
    ...GOOD,
    invariants: { ...GOOD.invariants, 'rows.lost': 3 },
    windows: { ...GOOD.windows, 'drain.seconds': [2000] },
    pairs: { 'cpu.ms_per_1k': pairs(1.095) },
  }),
  { profile: 'pr', baseline: BASELINE },
);
const nasty = 'a & <b> "c"\n| `d` %0A ::error:: ,\u0000\ud800';
const made = (verdict: Verdict, count = 1, message = nasty): Result => {
  const check: Check = { layer: 'slo', metric: 'drain.seconds', verdict, message, file: 'a,b:c.json', line: 3 };
  return {
    ...result,
    scenarios: [{ name: 'predictions-50k', verdict, checks: Array.from({ length: count }, () => check) }],
  };
};

test('a result that was written as JSON is read as it was', () => {
  expect(readResult(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(result)));
  expect(() => readResult('{"version": 1}')).toThrow(expect.objectContaining({ code: 'RESULT_INVALID' }));
});

describe('JUnit', () => {
  const xml = junit(result);
  test('counts cases, failures and what is skipped, and names the budget', () => {
    expect(xml).toContain('<testsuites name="loadtest pr" tests="10" failures="2" skipped="1">');
    expect(xml).toContain(
      '<testcase classname="predictions-50k" name="invariants rows.lost" file="budgets.json" line="9"><failure type="violated" message="3, must be 0."/></testcase>',
    );
    expect(xml).toMatch(/name="relative cpu.ms_per_1k" file="budgets.json" line="21"><skipped message="×1\.1/);
    expect(xml.match(/<testcase /g)).toHaveLength(10);
    expect(xml.match(/<(testcase|failure|skipped|testsuite|testsuites)\b/g)?.length).toBe(10 + 2 + 1 + 1 + 1);
  });

  test('is well-formed XML whatever a message holds', () => {
    const [, message = ''] = /failure type="fail" message="([^"]*)"/.exec(junit(made('fail'))) ?? [];
    expect(message).toBe('a &amp; &lt;b&gt; &quot;c&quot;&#10;| `d` %0A ::error:: ,\ufffd\ufffd');
  });
});

describe('the step summary', () => {
  test('has a table for each scenario, in words', () => {
    const markdown = stepSummary(result);
    expect(markdown).toContain('## Load test, profile pr: ⛔ violated');
    expect(markdown).toContain(
      '| ❌ fail | slo | `drain.seconds` | 2,000, must be \\<= 1,020 (the guide, 3 workers). |',
    );
  });

  test('keeps its table whatever a message holds', () => {
    const row = stepSummary(made('fail')).trimEnd().split('\n').at(-1) ?? '';
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
  });

  test('ends before the mebibyte that GitHub takes, and says so', () => {
    const [scenario] = made('fail', 20, 'x'.repeat(1000)).scenarios;
    const scenarios = Array.from({ length: 100 }, () => scenario).flatMap((one) => (one === undefined ? [] : [one]));
    const markdown = stepSummary({ ...result, scenarios });
    expect(Buffer.byteLength(markdown)).toBeLessThan(2 ** 20);
    expect(markdown).toContain('the result file has all 100 scenarios');
  });
});

describe('annotations', () => {
  test('stand at the budget, errors before warnings', () => {
    expect(annotations(result).trimEnd().split('\n')).toEqual([
      '::error file=budgets.json,line=9,title=predictions-50k%3A invariants rows.lost::3, must be 0.',
      '::error file=budgets.json,line=13,title=predictions-50k%3A slo drain.seconds::2,000, must be <= 1,020 (the guide, 3 workers).',
      expect.stringMatching(
        /^::warning file=budgets\.json,line=21,title=predictions-50k%3A relative cpu\.ms_per_1k::×1\.1/,
      ),
    ]);
    expect(annotations({ ...result, scenarios: [] })).toBe('');
  });

  test('are one line each, whatever a message holds', () => {
    expect(annotations(made('fail')).split('\n')).toHaveLength(2);
    expect(annotations(made('fail'))).toMatch(/^::error file=a%2Cb%3Ac\.json,line=3,title=/);
  });

  test('are ten of a kind at most, of which the last says how many there are', () => {
    const lines = annotations(made('inconclusive', 25, 'x'))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe('::warning::and 16 more, in the result file');
  });
});

test('the text names what is not kept and counts the rest', () => {
  expect(text(result)).toBe(
    [
      'violated  predictions-50k  7 of 10 checks kept',
      '  violated  invariants rows.lost: 3, must be 0.  budgets.json:9',
      '  fail  slo drain.seconds: 2,000, must be <= 1,020 (the guide, 3 workers).  budgets.json:13',
      `  inconclusive  relative cpu.ms_per_1k: ${result.scenarios[0]?.checks.at(-1)?.message}  budgets.json:21`,
      'violated  profile pr',
      '',
    ].join('\n'),
  );
});
