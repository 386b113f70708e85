import fc from 'fast-check';
import { MAX_FIELD } from '../limits.ts';
import { parseRuleSet } from '../parse-rule-set.ts';
import { type Expr, type FieldType, type Mode, ROUNDINGS, type RuleSet } from '../rule-set.ts';

/** Texts that careless comparison takes for each other: case, accents composed or not, trailing spaces, astral planes. */
const TEXTS = [
  '',
  ' ',
  'a',
  'A',
  'b',
  'é',
  'e\u0301',
  'ß',
  'ss',
  'I',
  'ı',
  '😀',
  '\u{10ffff}',
  "it's",
  '"$1"',
  'a ',
] as const;

export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...TEXTS) },
  fc.string({ unit: 'binary', maxLength: 4 }).filter((text) => !text.includes('\0')),
);

/** The length of all vectors of a generated rule set, so that any can index any. */
const LENGTH = 3;

const arbitraryBounds: fc.Arbitrary<{ min: number; max: number }> = fc
  .tuple(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -9, max: 9 }) },
      fc.constantFrom(0, -MAX_FIELD, 2 ** 31, -32_768),
    ),
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) }, fc.constantFrom(0, 255, 2 ** 31, 2 ** 40)),
  )
  .map(([min, width]) => ({ min, max: Math.min(MAX_FIELD, min + width) }));

const optional = fc.boolean().map((is) => (is ? { optional: true } : {}));

const arbitraryField: { readonly [Kind in FieldType['type']]: fc.Arbitrary<FieldType> } = {
  int: fc.tuple(arbitraryBounds, optional).map(([bounds, other]) => ({ type: 'int', ...bounds, ...other })),
  bool: optional.map((other) => ({ type: 'bool', ...other })),
  text: fc
    .tuple(
      optional,
      fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      fc.option(fc.uniqueArray(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 8 }), { nil: undefined }),
    )
    .map(([other, maxLength, oneOf]) => ({
      type: 'text',
      ...other,
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(oneOf === undefined ? {} : { oneOf }),
    })),
  ints: fc
    .tuple(optional, fc.boolean(), fc.constantFrom([1, LENGTH], [1, LENGTH], [-2, 4], [0, 80]))
    .map(([other, distinct, [min = 1, max = LENGTH]]) => ({
      type: 'ints',
      length: LENGTH,
      min,
      max,
      distinct,
      ...other,
    })),
};

/** Fields of every kind, some absent: `i0`, `i1`, `i2` ints, `b0`, `b1` conditions, `t0`, `t1` texts, `v0`, `v1` vectors. */
const arbitraryFields: fc.Arbitrary<Record<string, FieldType>> = fc
  .record(
    {
      i0: arbitraryField.int,
      i1: arbitraryField.int,
      i2: arbitraryField.int,
      b0: arbitraryField.bool,
      b1: arbitraryField.bool,
      t0: arbitraryField.text,
      t1: arbitraryField.text,
      v0: arbitraryField.ints,
      v1: arbitraryField.ints,
    },
    { requiredKeys: [] },
  )
  .chain((fields) =>
    // Without vectors the flat form of the SQL is possible.
    fc
      .boolean()
      .map((scalars) =>
        Object.fromEntries(Object.entries(fields).filter(([name]) => !scalars || !name.startsWith('v'))),
      ),
  ) as fc.Arbitrary<Record<string, FieldType>>;

/** The expressions of each type over some fields. */
export interface Expressions {
  readonly int: fc.Arbitrary<Expr>;
  readonly bool: fc.Arbitrary<Expr>;
  readonly text: fc.Arbitrary<Expr>;
  readonly ints: fc.Arbitrary<Expr>;
}

export function expressions(
  fields: Readonly<Record<string, FieldType>>,
  defined: Readonly<Record<string, 'int' | 'bool'>> = {},
): Expressions {
  // biome-ignore format: one line
  const named = (type: FieldType['type'], isOptional: boolean): string[] =>
    Object.keys(fields).filter((name) => fields[name]?.type === type && (fields[name]?.optional === true) === isOptional);
  const leaf = (type: FieldType['type'], literal: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> => {
    const names = [...named(type, false), ...Object.keys(defined).filter((name) => defined[name] === type)];
    if (names.length === 0) return literal;
    return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names.map((name) => `$${name}`)) }, literal);
  };
  const maybe = (type: FieldType['type'], other: fc.Arbitrary<Expr>): fc.Arbitrary<Expr>[] => {
    const names = named(type, true);
    return names.length === 0 ? [] : [fc.tuple(fc.constantFrom(...names), other).map(([name, x]): Expr => ['else', `$${name}`, x])]; // biome-ignore format: one line
  };
  const indexes = Object.keys(fields).filter((name) => {
    const field = fields[name];
    return field?.type === 'ints' && field.min === 1 && field.max === LENGTH && field.optional !== true;
  });
  const hasVectors = Object.values(fields).some((field) => field.type === 'ints');
  const optionals = Object.keys(fields).filter((name) => fields[name]?.optional === true);
  const literalInt = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -12, max: 12 }) }, fc.integer({ min: -(2 ** 33), max: 2 ** 33 })); // biome-ignore format: one line
  const literalVector = fc
    .array(fc.integer({ min: 1, max: LENGTH }), { minLength: LENGTH, maxLength: LENGTH })
    .map((values): Expr => ['ints', ...values]);
  const index = indexes.length === 0 ? literalVector : fc.oneof(literalVector, fc.constantFrom(...indexes.map((name) => `$${name}`))); // biome-ignore format: one line
  const entries = <T>(keys: fc.Arbitrary<T>): fc.Arbitrary<[T, number][]> =>
    fc.uniqueArray(fc.tuple(keys, fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 6, selector: ([key]) => key }); // biome-ignore format: one line
  const smallKey = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -9, max: 12 }) },
    fc.integer({ min: -9e9, max: 9e9 }),
  );

  const { int, bool, text, ints } = fc.letrec<Record<keyof Expressions, Expr>>((tie) => {
    const positive = fc.tuple(tie('int'), fc.integer({ min: 1, max: 7 })).map(([x, least]): Expr => ['max', x, least]);
    const call = (name: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Expr> =>
      fc.tuple(...args).map((all) => [name, ...all] as Expr);
    const many = (name: string, of: fc.Arbitrary<Expr>, least: number): fc.Arbitrary<Expr> =>
      fc.array(of, { minLength: least, maxLength: 4 }).map((args): Expr => [name, ...args]);
    const from = fc.integer({ min: 1, max: LENGTH });
    return {
      int: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf('int', literalInt),
        ...maybe('int', tie('int')),
        ...['add', 'mul', 'min', 'max'].map((name) => many(name, tie('int'), 2)),
        call('sub', tie('int'), tie('int')),
        call('abs', tie('int')),
        call('sign', tie('int')),
        call('div', tie('int'), positive, fc.constantFrom(...ROUNDINGS)),
        call('mod', tie('int'), positive),
        call('if', tie('bool'), tie('int'), tie('int')),
        many('countTrue', tie('bool'), 1),
        call('lookup', entries(smallKey), tie('int'), tie('int')),
        call('lookup', entries(arbitraryText), tie('text'), tie('int')),
        ...(hasVectors
          ? [
              call(
                'at',
                tie('ints'),
                tie('int').map((x): Expr => ['min', ['max', x, 1], LENGTH]),
              ),
              fc.tuple(tie('ints'), tie('ints'), from, from).map(([a, b, x, y]): Expr => ['agree', a, b, Math.min(x, y), Math.max(x, y)]), // biome-ignore format: one line
            ]
          : []),
      ),
      bool: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf('bool', fc.boolean()),
        ...maybe('bool', tie('bool')),
        ...(optionals.length === 0 ? [] : [fc.constantFrom(...optionals).map((name): Expr => ['present', `$${name}`])]),
        call('eq', tie('int'), tie('int')),
        call('eq', tie('bool'), tie('bool')),
        call('eq', tie('text'), tie('text')),
        call('lt', tie('int'), tie('int')),
        call('le', tie('int'), tie('int')),
        many('and', tie('bool'), 1),
        many('or', tie('bool'), 1),
        call('not', tie('bool')),
        call('if', tie('bool'), tie('bool'), tie('bool')),
        call('in', tie('int'), fc.uniqueArray(smallKey, { minLength: 1, maxLength: 12 })),
        call('in', tie('text'), fc.uniqueArray(arbitraryText, { minLength: 1, maxLength: 6 })),
      ),
      text: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        leaf(
          'text',
          arbitraryText.map((value): Expr => ['text', value]),
        ),
        ...maybe('text', tie('text')),
        call('if', tie('bool'), tie('text'), tie('text')),
      ),
      ints: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        leaf('ints', literalVector),
        ...maybe('ints', tie('ints')),
        call('at', tie('ints'), index),
      ),
    };
  });
  return { int, bool, text, ints };
}

const capped = (value: Expr): Expr => ['min', ['max', value, -1_000_000], 1_000_000];

/** Valid rule sets with every part of the format. Small enough to read when one fails, deep enough to go wrong. */
export const arbitraryRuleSet: fc.Arbitrary<RuleSet> = arbitraryFields
  .chain((fields) => {
    const plain = expressions(fields);
    const defined = expressions(fields, { d0: 'int', d1: 'bool' });
    const modified = fc.oneof(
      defined.int.map((x): Expr => capped(['add', '$base', ['min', ['max', x, -100], 100]])),
      fc.tuple(defined.bool, fc.integer({ min: 0, max: 3 })).map(([when, by]): Expr => ['if', when, capped(['mul', '$base', by]), '$base']), // biome-ignore format: one line
      fc.integer({ min: 500, max: 2500 }).map((by): Expr => ['div', capped(['mul', '$base', by]), 1000, 'half-up']),
    );
    const policy = <T extends string>(...choices: T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
    return fc.record(
      {
        id: fc.constant('generated'),
        version: fc.constant(1),
        fields: fc.constant(fields),
        define: fc.tuple(plain.int, plain.bool).map(([d0, d1]) => [
          { id: 'd0', value: d0 },
          { id: 'd1', value: d1 },
        ]),
        mode: fc.constantFrom<Mode[]>('sum', 'first', 'max'),
        rules: fc
          .array(fc.tuple(defined.bool, defined.int), { minLength: 1, maxLength: 4 })
          .map((rules) => rules.map(([when, points], i) => ({ id: `r${i}`, when, points: capped(points) }))),
        modifiers: fc
          .array(modified, { maxLength: 2 })
          .map((values) => values.map((value, i) => ({ id: `m${i}`, value: capped(value) }))),
        tieBreak: fc
          .array(defined.int, { maxLength: 2 })
          .map((values) => values.map((value, i) => ({ id: `t${i}`, value: capped(value) }))),
        late: defined.bool,
        void: defined.bool,
        policies: fc.record(
          {
            missing: policy('reject', 'zero'),
            late: policy('reject', 'zero', 'score'),
            void: policy('reject', 'zero'),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['id', 'version', 'fields', 'define', 'mode', 'rules'] },
    );
  })
  .filter((ruleSet) => parseRuleSet(ruleSet).ok) as fc.Arbitrary<RuleSet>;
