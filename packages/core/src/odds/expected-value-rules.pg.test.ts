import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { toFunction, toSql } from '../rules/index.ts';
import { expectedValueRules } from './expected-value-rules.ts';

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
  await client.query('create table offer (n int, odds_milli int, probability_ppm int, commission_bp int)');
});
afterAll(() => client.end());

const columns = {
  oddsMilli: { sql: 'offer.odds_milli', type: 'int' },
  probabilityPpm: { sql: 'offer.probability_ppm', type: 'int' },
  commissionBp: { sql: 'offer.commission_bp', type: 'int' },
} as const;
const COUNT = 5_000;

test(`Postgres and JavaScript give ${COUNT} offers, impossible ones too, the same value, threshold and reason`, async () => {
  const wild = (min: number, max: number) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min, max }) },
      { weight: 1, arbitrary: fc.constantFrom(null, min, max, min - 1, max + 1, 2 ** 31 - 1) },
    );
  const seed = Date.now() % 2 ** 31;
  console.log(`seed ${seed}`);
  const offers = fc.sample(fc.tuple(wild(1001, 900_000), wild(0, 1_000_000), wild(0, 9999)), { numRuns: COUNT, seed });
  await client.query('insert into offer select * from unnest($1::int[], $2::int[], $3::int[], $4::int[])', [
    offers.map((_, i) => i),
    ...[0, 1, 2].map((column) => offers.map((row) => row[column])),
  ]);
  const rules = expectedValueRules();
  const { text, values } = toSql(rules, { from: 'offer', carry: { n: 'n' }, columns });
  const { rows } = await client.query(`select milli, fired, reason from (${text}) scored order by n`, values);
  const scorer = toFunction(rules);
  const expected = offers.map(([oddsMilli, probabilityPpm, commissionBp]) => {
    const { milli, fired, reason } = scorer.score({ oddsMilli, probabilityPpm, commissionBp });
    return { milli, fired: String(fired), reason };
  });
  expect(rows).toEqual(expected);
  expect(new Set(expected.map(({ fired }) => fired)).size).toBe(4);
});
