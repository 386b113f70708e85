import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { onDatabase } from '../testing/contest.ts';
import { textArray, textsOf } from './text-array.ts';

/** Whatever a text can be in Postgres, and what means something in an array above all. */
const text = fc
  .oneof(fc.constantFrom('', 'NULL', 'null', '"', '\\', '{', '}', ',', ' a ', '\\"'), fc.string({ unit: 'grapheme' }))
  .map((value) => value.replaceAll('\0', ''));

test('Postgres reads every list of texts as it was', async () => {
  const { url } = await testDatabase();
  const list = fc.array(fc.option(text));
  await onDatabase(url, (client) =>
    fc.assert(
      fc.asyncProperty(list, async (values) => {
        const { rows } = await client.query('select $1::text[] as read', [textArray(values)]);
        expect(rows).toEqual([{ read: values }]);
      }),
    ),
  );
});

test('every list of texts is read as Postgres wrote it', async () => {
  const { url } = await testDatabase();
  await onDatabase(url, (client) =>
    fc.assert(
      fc.asyncProperty(fc.array(text), async (values) => {
        const { rows } = await client.query('select $1::text[]::text as written', [textArray(values)]);
        expect(textsOf(rows[0]?.written)).toEqual(values);
      }),
    ),
  );
});
