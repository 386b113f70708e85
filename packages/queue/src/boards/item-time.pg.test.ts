import { type Windowing, windowAt } from '@scorekeep/core/boards';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { inspectTable } from '../tables/inspect-table.ts';
import { tableLog } from '../tables/table-log.ts';
import { onDatabase } from '../testing/contest.ts';
import { windowKey } from './item-time.ts';

/** Zones with half hours, changes at midnight and on both hemispheres, whose rules have long been settled. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Havana',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Honolulu',
];

test('a moment is in the same window in SQL and in core, in any zone and whatever a week starts with', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, async (client) => {
    await client.query('create table moment (id int primary key, happened timestamptz)');
    const log = tableLog('moment', { key: ['id'], subject: 'id', fields: { id: 'id' } });
    const table = await inspectTable(client, log, { id: { type: 'int', min: 0, max: 9 } });
    const at = { from: 'log', column: 'happened' } as const;
    const zoned = fc.tuple(fc.constantFrom(...ZONES), fc.integer({ min: 1, max: 7 }));
    const windowings = zoned.chain(([timeZone, weekStart]) =>
      fc.constantFrom<Windowing[]>(
        { every: 'day', timeZone },
        { every: 'week', timeZone, weekStart },
        { every: 'month', timeZone },
        { every: 'tournament', id: `the "${timeZone}" cup's`, start: Date.UTC(2015, 1), end: Date.UTC(2030, 1) },
      ),
    );
    const moments = fc.array(fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2026, 11, 31) }), {
      minLength: 20,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(windowings, moments, async (window, times) => {
        const key = windowKey(table, { add: 'sum', ties: [], at, window });
        const { rows } = await client.query<{ key: string | null }>(
          `select ${key} as key from unnest($1::bigint[]) with ordinality as t (ms, i) cross join lateral (select to_timestamp(ms / 1000.0) as happened) p order by i`,
          [times],
        );
        expect(rows.map((row) => row.key ?? undefined)).toEqual(times.map((time) => windowAt(window, time)?.key));
      }),
      { numRuns: 80 },
    );
    const { rows } = await client.query(
      `select ${windowKey(table, { add: 'sum', ties: [], at, window: { every: 'day', timeZone: 'UTC' } })} as key
       from (values ('infinity'::timestamptz), ('-infinity'), (null)) p (happened)`,
    );
    expect(rows).toEqual([{ key: null }, { key: null }, { key: null }]);
  });
});
