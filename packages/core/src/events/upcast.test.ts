import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { eventType } from './event-type.ts';
import { upcaster } from './upcast.ts';

const trail = (version: number) =>
  upcaster(
    't',
    version,
    Object.fromEntries(
      Array.from({ length: version - 1 }, (_, i) => [
        i + 1,
        (data: Readonly<Record<string, unknown>>) => ({
          ...data,
          trail: [...((data['trail'] as number[]) ?? []), i + 1],
        }),
      ]),
    ),
  );

test('data of any version goes through every later upcaster once, in order', () => {
  const versions = fc
    .integer({ min: 1, max: 20 })
    .chain((to) => fc.tuple(fc.constant(to), fc.integer({ min: 1, max: to })));
  fc.assert(
    fc.property(versions, ([to, from]) => {
      expect(trail(to)({ trail: [] }, from)).toEqual({
        ok: true,
        data: { trail: Array.from({ length: to - from }, (_, i) => from + i) },
      });
    }),
  );
});

test.each([0, 4, 1.5, Number.NaN, -1])('there is no version %s of a type at version 3', (from) => {
  expect(trail(3)({}, from)).toMatchObject({ ok: false, reason: { code: 'unknown-version' } });
});

test('an upcaster that throws, or gives no object, is named', () => {
  const broken = upcaster('t', 3, {
    1: () => {
      throw new RangeError('private detail');
    },
    2: () => [1],
  });
  expect(broken({}, 1)).toEqual({
    ok: false,
    reason: { code: 'upcast', path: 'v1', message: 'The upcaster of t from version 1 threw RangeError.' },
  });
  expect(broken({}, 2)).toMatchObject({ ok: false, reason: { code: 'upcast', path: 'v2' } });
});

test('an upcaster that writes into its data changes nothing that was sent', () => {
  const played = eventType('played', {
    schema: z.object({ player: z.object({ id: z.string() }) }),
    version: 2,
    upcast: {
      1: (data) => {
        const player = data['player'] as { id: string };
        player.id = 'changed';
        return data;
      },
    },
  });
  const data = { player: { id: 'ann' } };
  expect(played.read(data, 1)).toMatchObject({ ok: true, value: { player: { id: 'changed' } } });
  expect(data).toEqual({ player: { id: 'ann' } });
});
