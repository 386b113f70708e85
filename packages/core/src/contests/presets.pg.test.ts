import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import type { FieldType, RuleSet } from '../rules/index.ts';
import { type ArbitraryColumn, arbitraryColumns } from '../rules/testing/arbitrary-rows.ts';
import { scoreInBoth } from '../rules/testing/both-back-ends.ts';
import { defaultPolicies, withMatchStatus } from './contest-policies.ts';
import { kicktipp } from './kicktipp.ts';
import { withJoker, withStageMultiplier } from './modifiers.ts';
import { contestPresets } from './presets.ts';

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
});
afterAll(() => client.end());

const ROWS = 300;
const built = withMatchStatus(withStageMultiplier(withJoker(kicktipp), [1, 1.5, 2]), defaultPolicies);

describe.each([...contestPresets, built])('$id', (ruleSet) => {
  test('pays the same in JavaScript and in Postgres', async () => {
    const [columns] = fc.sample(plausibleColumns(ruleSet), { numRuns: 1, seed: 20261124 });
    const { js, sql } = await scoreInBoth(client, ruleSet, columns ?? {}, ROWS);
    expect(Object.keys(sql)).toContain('staged');
    for (const scores of Object.values(sql)) expect(scores).toEqual(js);
    expect(js.filter(({ reason }) => reason === 0).length).toBeGreaterThan(ROWS / 20);
    expect(js.some(({ fired }) => fired !== '0')).toBe(true);
  });

  test('gives the same reason in both to rows with anything in them', async () => {
    for (const columns of fc.sample(arbitraryColumns(ruleSet.fields, 16), { numRuns: 5, seed: 20261124 })) {
      const { js, sql } = await scoreInBoth(client, ruleSet, columns, 16);
      for (const scores of Object.values(sql)) expect(scores).toEqual(js);
    }
  });
});

/** Rows in which predictions often come true. */
function plausibleColumns({ fields }: RuleSet): fc.Arbitrary<Record<string, ArbitraryColumn>> {
  const column = (field: FieldType): fc.Arbitrary<ArbitraryColumn> =>
    fc.array(plausible(field), { minLength: ROWS, maxLength: ROWS }).map((values) => ({
      type: { int: 'int4', bool: 'bool', text: 'text', ints: 'int4[]' }[field.type],
      class: field.type,
      values,
      constant: false,
    }));
  const columns = Object.entries(fields).map(([name, field]) => [name, column(field)] as const);
  return fc.record(Object.fromEntries(columns)) as fc.Arbitrary<Record<string, ArbitraryColumn>>;
}

function plausible(field: FieldType): fc.Arbitrary<string | null> {
  const low = (min: number, max: number) => fc.integer({ min, max: Math.min(max, min + 3) });
  const values: Record<FieldType['type'], () => fc.Arbitrary<string>> = {
    bool: () => fc.boolean().map(String),
    text: () => fc.constantFrom(...(field.type === 'text' ? (field.oneOf ?? ['a']) : [])),
    int: () =>
      field.type === 'int' ? low(Math.max(field.min, Math.min(0, field.max)), field.max).map(String) : fc.constant(''),
    ints: () => {
      if (field.type !== 'ints') return fc.constant('');
      const { length, min, max } = field;
      const ordered = Array.from({ length }, (_, i) => min + i);
      const list =
        field.distinct === true
          ? fc.shuffledSubarray(ordered, { minLength: length, maxLength: length })
          : fc.array(low(min, max), { minLength: length, maxLength: length });
      return list.map((elements) => `{${elements.join(',')}}`);
    },
  };
  return fc.oneof({ weight: 40, arbitrary: values[field.type]() }, fc.constant(null));
}
