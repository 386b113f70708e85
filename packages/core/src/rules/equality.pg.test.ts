import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { arbitraryColumns } from './testing/arbitrary-rows.ts';
import { arbitraryRuleSet } from './testing/arbitrary-rule-set.ts';
import { scoreInBoth } from './testing/both-back-ends.ts';

let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
});
afterAll(() => client.end());

const ROWS = 16;
const runs = Number(process.env['SCOREKEEP_EQUALITY_RUNS'] ?? 400);

const arbitraryCase = arbitraryRuleSet.chain((ruleSet) =>
  fc.record({ ruleSet: fc.constant(ruleSet), columns: arbitraryColumns(ruleSet.fields, ROWS) }),
);

test(`both back ends give ${runs * ROWS} generated rows the same milli-points, fired rules, reason and tie-breaks`, async () => {
  const seed = Number(process.env['SCOREKEEP_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`SCOREKEEP_SEED=${seed}, ${runs} rule sets of ${ROWS} rows`);
  const seen = { flat: 0, staged: 0, scored: 0, fired: 0 };
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async ({ ruleSet, columns }) => {
      const { js, sql } = await scoreInBoth(client, ruleSet, columns, ROWS);
      for (const [form, scores] of Object.entries(sql)) {
        expect(scores, form).toEqual(js);
        seen[form as 'flat' | 'staged']++;
      }
      seen.scored += js.filter((score) => score.reason === 0).length;
      seen.fired += js.filter((score) => score.fired !== '0').length;
    }),
    { seed, numRuns: runs },
  );
  console.log(JSON.stringify(seen));
  // What is generated must reach both forms of the SQL, and rows that score.
  expect(seen.flat).toBeGreaterThan(runs / 20);
  expect(seen.staged).toBe(runs);
  expect(seen.fired).toBeGreaterThan(runs);
});
