import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eventType } from './event-type.ts';
import type { StandardSchema } from './standard-schema.ts';

const libraries: readonly (readonly [string, StandardSchema])[] = [
  ['zod', z.object({ user: z.string(), score: z.number().min(0), mode: z.string().optional() })],
  ['valibot', v.object({ user: v.string(), score: v.pipe(v.number(), v.minValue(0)), mode: v.optional(v.string()) })],
  ['arktype', type({ user: 'string', score: 'number >= 0', 'mode?': 'string' })],
];

describe.each(libraries)('a type with a schema of %s', (_, schema) => {
  const played = eventType('played', { schema });

  test('reads what the schema accepts', () => {
    expect(played.read({ user: 'ann', score: 1 }, 1)).toMatchObject({ ok: true, value: { user: 'ann', score: 1 } });
  });

  test('names the field that the schema refuses', () => {
    expect(played.read({ user: 'ann', score: -1 }, 1)).toMatchObject({
      ok: false,
      reason: { code: 'schema', path: 'data.score', message: expect.stringContaining('data.score: ') },
    });
  });

  test('names a field that is missing', () => {
    expect(played.read({ score: 1 }, 1)).toMatchObject({ ok: false, reason: { code: 'schema', path: 'data.user' } });
  });

  test('accepts a field that the schema does not name', () => {
    expect(played.read({ user: 'ann', score: 1, colour: 'red' }, 1)).toMatchObject({ ok: true });
  });
});

describe('the count of drift', () => {
  test('asks the schema for its fields where the library has Standard JSON Schema', () => {
    for (const [library, schema] of libraries.filter(([name]) => name !== 'valibot')) {
      const played = eventType('played', { schema });
      expect([library, played.drift({ user: 'ann', score: 1, colour: 'red' }, {})]).toEqual([
        library,
        { unknown: ['colour'], missing: ['mode'] },
      ]);
      expect(played.drift({ user: 'ann', score: 1, mode: 'x' }, {})).toBeUndefined();
    }
  });

  test('else finds the fields that the schema drops', () => {
    const played = eventType('played', { schema: v.object({ user: v.string() }) });
    const data = { user: 'ann', colour: 'red' };
    const reading = played.read(data, 1);
    expect(reading.ok && played.drift(data, reading.value)).toEqual({ unknown: ['colour'], missing: [] });
  });

  test('goes by the fields that a host declares', () => {
    const fields = { required: ['user'], optional: ['colour'] };
    const played = eventType('played', { schema: v.looseObject({ user: v.string() }), fields });
    expect(played.drift({ user: 'ann', size: 1 }, {})).toEqual({ unknown: ['size'], missing: ['colour'] });
  });

  test('says nothing of a schema whose fields nobody can name', () => {
    const any = eventType('any', { schema: z.record(z.string(), z.unknown()) });
    const data = { a: 1 };
    const reading = any.read(data, 1);
    expect(reading.ok && any.drift(data, reading.value)).toBeUndefined();
  });
});

describe('an asynchronous schema', () => {
  const refused = expect.objectContaining({ code: 'ASYNC_SCHEMA', message: expect.stringContaining('played') });

  test('is refused where the type is defined', () => {
    const schema = v.objectAsync({ user: v.string() });
    expect(() => eventType('played', { schema })).toThrow(refused);
  });

  test('is refused with the same words at first use when an empty object does not show it', () => {
    const played = eventType('played', { schema: z.object({ user: z.string().refine(async () => true) }) });
    expect(played.read({ user: 'ann' }, 1)).toMatchObject({
      ok: false,
      reason: { code: 'schema', message: expect.stringContaining('The schema of played validates asynchronously') },
    });
  });
});

describe('a definition that is refused', () => {
  const schema = z.object({});
  const invalid = (message: string) =>
    expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringContaining(message) });

  test.each(['', '1st', 'a b', `a${'b'.repeat(100)}`, "a'b"])('the name %j', (name) => {
    expect(() => eventType(name, { schema })).toThrow(invalid('name'));
  });

  test.each([0, 1.5, Number.NaN, 1001])('the version %s', (version) => {
    expect(() => eventType('played', { schema, version })).toThrow(invalid(`1 to 1000, got ${version}`));
  });

  test('a schema that is none', () => {
    // What JavaScript may pass, whatever the compiler says.
    expect(() => eventType('played', { schema: {} as StandardSchema })).toThrow(invalid('Standard Schema'));
  });

  test('an older version that has no upcaster, and an upcaster that no version needs', () => {
    expect(() => eventType('played', { schema, version: 2 })).toThrow(invalid('no upcaster from version 1'));
    expect(() => eventType('played', { schema, upcast: { 1: (data) => data } })).toThrow(
      invalid('upcaster from version 1'),
    );
    expect(() => eventType('played', { schema, version: 2, upcast: { 1: (data) => data, 2: (data) => data } })).toThrow(
      invalid('upcaster from version 2'),
    );
  });
});

test('a schema that throws refuses the event, and neither the batch nor the process', async () => {
  const fails = ({ user }: { user: string }) => {
    if (user === 'bad') throw new TypeError('private detail');
    return user;
  };
  const inArktype = eventType('played', { schema: type({ user: 'string' }).pipe(fails) });
  expect(inArktype.read({ user: 'bad' }, 1)).toEqual({
    ok: false,
    reason: { code: 'schema', path: 'data', message: 'The schema of played threw TypeError.' },
  });
  // zod 4 answers with a promise that is rejected.
  const inZod = eventType('played', { schema: z.object({ user: z.string() }).transform(fails) });
  expect(inZod.read({ user: 'bad' }, 1)).toMatchObject({
    ok: false,
    reason: { code: 'schema', message: expect.stringContaining('Or else it threw on this event.') },
  });
  await new Promise(setImmediate); // An unhandled rejection would fail the run here.
});

test('many issues are cut to three, each with its place', () => {
  const schema = z.object(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, z.string()])));
  const reading = eventType('played', { schema }).read({}, 1);
  expect(reading.ok || reading.reason.message).toMatch(/^data\.a: .*; data\.b: .*; data\.c: .*; and 2 more$/);
  const three = eventType('played', { schema }).read({ a: '', b: '' }, 1);
  expect(three.ok || three.reason.message).toMatch(/^data\.c: .*; data\.d: .*; data\.e: [^;]*$/);
});
