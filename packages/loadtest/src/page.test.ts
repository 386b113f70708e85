import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPage } from '../../../tooling/page.ts';
import { parseBudgets } from './budgets/parse-budgets.ts';
import { selfTest } from './gate/self-test.ts';
import { namesOf, OF_ROWS } from './metrics.ts';
import { paramsOf, SCENARIOS } from './scenarios/catalogue.ts';

const page = readFileSync('docs/load-tests.md', 'utf8');

test('the code of docs/load-tests.md compiles and prints what the page says', { timeout: 120_000 }, () => {
  const { printed, promised } = runPage('docs/load-tests.md', 'packages/loadtest');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});

test('the reproduction of docs/autocannon-rates.md shows what it says', { timeout: 120_000 }, () => {
  const { printed, promised } = runPage('docs/autocannon-rates.md', 'packages/loadtest');
  expect(promised).not.toBe('');
  expect(printed).toBe(promised);
});

test('the budgets of this repository are budgets, of scenarios that there are', () => {
  const { value } = parseBudgets(readFileSync('packages/loadtest/budgets.json', 'utf8'));
  for (const [name, { params = {} }] of Object.entries(value.scenarios)) expect(paramsOf(name, params)).toBeTruthy();
  expect(Object.keys(value.scenarios).sort()).toEqual(Object.keys(SCENARIOS).sort());
});

test('every invariant is judged of rows or of jobs by the budgets of this repository', () => {
  const { scenarios } = parseBudgets(readFileSync('packages/loadtest/budgets.json', 'utf8')).value;
  expect(new Set([...OF_ROWS, ...(scenarios['drill-jobs']?.invariants ?? [])])).toEqual(new Set(namesOf('invariants')));
  const named = Object.keys(scenarios).filter((name) => scenarios[name]?.invariants !== undefined);
  expect(named).toEqual(['drill-jobs']);
});

test("the page's budgets are budgets", () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(Object.keys(parseBudgets(json).value.scenarios)).toEqual(['predictions-50k', 'cost-matches', 'events-100']);
});

test("the gate passes its self-test, and the page's table is what it prints", { timeout: 120_000 }, () => {
  const { ok, rows } = selfTest();
  expect(ok).toBe(true);
  const lines = rows.map(
    ({ planted, noise, passed, inconclusive, failed, rounds }) =>
      `| ${planted} | ${100 * noise} % | ${passed} | ${inconclusive} | ${failed} | ${rounds.toFixed(1)} |`,
  );
  for (const line of lines) expect(page).toContain(line);
});
