import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseBudgets } from '../budgets/parse-budgets.ts';
import { gate } from '../gate/gate.ts';
import { BASELINE, BUDGETS, measurements } from '../testing/example.ts';
import { SCHEMAS } from './schemas.ts';

const folder = new URL('../../schema/', import.meta.url);
const published = (name: string): object => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

test('the published schemas are those that files are read with; `pnpm run schema` writes them', () => {
  expect(readdirSync(folder).sort()).toEqual(Object.keys(SCHEMAS).sort());
  for (const [name, schema] of Object.entries(SCHEMAS)) expect([name, published(name)]).toEqual([name, schema]);
});

describe('a validator that knows only the published schema', () => {
  const accepts = (name: string, value: unknown): boolean =>
    new Ajv2020({ strict: false, formats: { 'date-time': true } }).validate(published(name), value);

  test('accepts what we read and write', () => {
    const budgets = parseBudgets(BUDGETS);
    const result = gate(budgets, measurements(), { profile: 'nightly', baseline: BASELINE });
    const written: unknown = JSON.parse(JSON.stringify(result));
    expect(accepts('budgets-1.json', JSON.parse(BUDGETS))).toBe(true);
    expect(accepts('measurements-1.json', measurements())).toBe(true);
    expect(accepts('baseline-1.json', BASELINE)).toBe(true);
    expect(accepts('result-1.json', written)).toBe(true);
    expect(accepts('throughput-1.json', { version: 1, samples: [{ workers: 1, perSecond: 5 }] })).toBe(true);
  });

  test('refuses a misspelt metric and an unknown key in an editor too', () => {
    expect(accepts('budgets-1.json', JSON.parse(BUDGETS.replace('drain.seconds', 'drain.second')))).toBe(false);
    expect(accepts('budgets-1.json', JSON.parse(BUDGETS.replace('"max"', '"maximum"')))).toBe(false);
    expect(accepts('measurements-1.json', { ...measurements(), version: 2 })).toBe(false);
  });
});
