import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { onDatabase } from '../testing/contest.ts';
import { textArray } from './text-array.ts';

test('Postgres reads every list of texts as it was', async () => {
  const { url } = await testDatabase();
  // Whatever a text can be in Postgres, and what means something in an array above all.
  const text = fc.oneof(
    fc.constantFrom('', 'NULL', 'null', '"', '\\', '{', '}', ',', ' a ', '\\"'),
    fc.string({ unit: 'grapheme' }),
  );
  const list = fc.array(fc.option(text.map((value) => value.replaceAll('\0', ''))));
  await onDatabase(url, (client) =>
    fc.assert(
      fc.asyncProperty(list, async (values) => {
        const { rows } = await client.query('select $1::text[] as read', [textArray(values)]);
        expect(rows).toEqual([{ read: values }]);
      }),
    ),
  );
});
