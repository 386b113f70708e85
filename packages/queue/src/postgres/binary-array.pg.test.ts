import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../../tooling/test-database.ts';
import { onDatabase } from '../testing/contest.ts';
import { float8Array, int8Array, uuidArray } from './binary-array.ts';

test.each([
  [
    'uuid',
    uuidArray,
    ['00000000-0000-0000-0000-000000000000', 'ffffffff-FFFF-ffff-ffff-ffffffffffff', randomUUID(), randomUUID()],
  ],
  [
    'int8',
    int8Array,
    [0, 1, -1, 2 ** 31, 2 ** 32 - 1, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ],
  ['float8', float8Array, [0, -0.5, 1e-300, Number.MAX_VALUE, 1_795_851_223_123.456]],
] as [string, (elements: readonly unknown[]) => Buffer, (string | number)[]][])(
  'Postgres reads an array of %s as it was written, and an empty one',
  async (type, write, elements) => {
    const { url } = await testDatabase();
    await onDatabase(url, async (client) => {
      for (const written of [elements, elements.slice(0, 1), []]) {
        const { rows } = await client.query(`select array_to_json($1::${type}[])::text as json`, [write(written)]);
        const expected = written.map((element) => (typeof element === 'string' ? element.toLowerCase() : element));
        expect(JSON.parse(rows[0]?.['json'] as string)).toEqual(expected);
      }
    });
  },
);
