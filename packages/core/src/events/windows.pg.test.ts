import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { tumblingWindows } from './windows.ts';

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client((await testDatabase()).url);
  await client.connect();
});
afterAll(() => client.end());

const COUNT = 2_000;

test(`windows of ${COUNT} times begin where date_trunc of Postgres says`, async () => {
  const seed = Date.now() % 2 ** 31;
  console.log(`seed ${seed}`);
  // Zones whose clocks never change at midnight, where the two may rightly differ.
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
  const cases = fc.sample(
    fc.record({
      every: fc.constantFrom<('day' | 'week' | 'month')[]>('day', 'week', 'month'),
      timeZone: fc.constantFrom(...zones),
      time: fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2035, 0) }),
    }),
    { numRuns: COUNT, seed },
  );
  const { rows } = await client.query<{ start: string }>(
    `select (extract(epoch from date_trunc(every, to_timestamp(time / 1000.0), zone)) * 1000)::int8::text as start
       from unnest($1::text[], $2::text[], $3::int8[]) with ordinality as given (every, zone, time, n) order by n`,
    [cases.map(({ every }) => every), cases.map(({ timeZone }) => timeZone), cases.map(({ time }) => time)],
  );
  expect(cases.map(({ time, ...options }) => tumblingWindows(options)(time).start)).toEqual(
    rows.map(({ start }) => Number(start)),
  );
});
