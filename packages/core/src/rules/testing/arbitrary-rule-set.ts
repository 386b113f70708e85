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

type Kind = FieldType['type'];
type Fields = Readonly<Record<string, FieldType>>;

/** The operators by what they yield; some yield several kinds. */
export const CALLS = {
  int: [
    'add',
    'sub',
    'mul',
    'min',
    'max',
    'abs',
    'sign',
    'div',
    'mod',
    'if',
    'else',
    'countTrue',
    'lookup',
    'lookupText',
    'at',
    'agree',
  ],
  bool: ['eq', 'eqText', 'lt', 'le', 'and', 'or', 'not', 'in', 'inText', 'present', 'ifBool', 'elseBool'],
  text: ['ifText', 'elseText'],
  ints: ['gather', 'elseInts'],
} as const;

/** One kind of call: an operator, told apart by the type of its operands where that is another code path. */
export type CallName = (typeof CALLS)[Kind][number];

/** The expressions over some fields: of each type, and calls of each operator. */
type Expressions = Readonly<Record<Kind | CallName, fc.Arbitrary<Expr>>>;

/** @param defined definitions that may be referred to, with their types */
function expressions(fields: Fields, defined: Readonly<Record<string, Kind>> = {}): Expressions {
  const optionals = Object.keys(fields).filter((name) => fields[name]?.optional === true);
  const hasVectors = Object.values(fields).some((field) => field.type === 'ints');
  const names = (kind: Kind): string[] => [
    ...Object.keys(fields).filter((name) => fields[name]?.type === kind && fields[name]?.optional !== true),
    ...Object.keys(defined).filter((name) => defined[name] === kind),
  ];
  const leaf = (kind: Kind, literal: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
    names(kind).length === 0
      ? literal
      : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names(kind).map((name) => `$${name}`)) }, literal);
  const maybe = (kind: Kind, other: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> => {
    const some = optionals.filter((name) => fields[name]?.type === kind);
    return some.length === 0 ? other : call('else', fc.constantFrom(...some.map((name) => `$${name}`)), other);
  };
  const positions = Object.keys(fields).filter((name) => {
    const field = fields[name];
    return field?.type === 'ints' && field.min === 1 && field.max === LENGTH && field.optional !== true;
  });
  const position = fc.oneof(literalVector, ...positions.map((name) => fc.constant(`$${name}`)));

  return fc.letrec<Record<Kind | CallName, Expr>>((tie) => {
    const positive = fc.tuple(tie('int'), fc.integer({ min: 1, max: 7 })).map(([x, least]): Expr => ['max', x, least]);
    const many = (name: string, of: fc.Arbitrary<Expr>, least: number): fc.Arbitrary<Expr> =>
      fc.array(of, { minLength: least, maxLength: 4 }).map((args): Expr => [name, ...args]);
    const oneOf = (kind: Kind, maxDepth: number, literal: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> => {
      const calls = CALLS[kind].filter((name) => hasVectors || (name !== 'at' && name !== 'agree'));
      return fc.oneof({ maxDepth, withCrossShrink: true }, leaf(kind, literal), ...calls.map((name) => tie(name)));
    };
    return {
      int: oneOf('int', 4, literalInt),
      bool: oneOf('bool', 4, fc.boolean()),
      text: oneOf(
        'text',
        2,
        arbitraryText.map((value): Expr => ['text', value]),
      ),
      ints: oneOf('ints', 2, literalVector),
      add: many('add', tie('int'), 2),
      mul: many('mul', tie('int'), 2),
      min: many('min', tie('int'), 2),
      max: many('max', tie('int'), 2),
      sub: call('sub', tie('int'), tie('int')),
      abs: call('abs', tie('int')),
      sign: call('sign', tie('int')),
      div: call('div', tie('int'), positive, fc.constantFrom(...ROUNDINGS)),
      mod: call('mod', tie('int'), positive),
      if: call('if', tie('bool'), tie('int'), tie('int')),
      else: maybe('int', tie('int')),
      countTrue: many('countTrue', tie('bool'), 1),
      lookup: call('lookup', entries(key), tie('int'), tie('int')),
      lookupText: call('lookup', entries(arbitraryText), tie('text'), tie('int')),
      at: call(
        'at',
        tie('ints'),
        tie('int').map((x): Expr => ['min', ['max', x, 1], LENGTH]),
      ),
      agree: fc
        .tuple(tie('ints'), tie('ints'), fc.integer({ min: 1, max: LENGTH }), fc.integer({ min: 1, max: LENGTH }))
        .map(([a, b, x, y]): Expr => ['agree', a, b, Math.min(x, y), Math.max(x, y)]),
      eq: fc.oneof(call('eq', tie('int'), tie('int')), call('eq', tie('bool'), tie('bool'))),
      eqText: call('eq', tie('text'), tie('text')),
      lt: call('lt', tie('int'), tie('int')),
      le: call('le', tie('int'), tie('int')),
      and: many('and', tie('bool'), 1),
      or: many('or', tie('bool'), 1),
      not: call('not', tie('bool')),
      in: call('in', tie('int'), fc.uniqueArray(key, { minLength: 1, maxLength: 12 })),
      inText: call('in', tie('text'), fc.uniqueArray(arbitraryText, { minLength: 1, maxLength: 6 })),
      present:
        optionals.length === 0
          ? fc.boolean()
          : call('present', fc.constantFrom(...optionals.map((name) => `$${name}`))),
      ifBool: call('if', tie('bool'), tie('bool'), tie('bool')),
      elseBool: maybe('bool', tie('bool')),
      ifText: call('if', tie('bool'), tie('text'), tie('text')),
      elseText: maybe('text', tie('text')),
      gather: call('at', tie('ints'), position),
      elseInts: maybe('ints', tie('ints')),
    };
  });
}

const call = (name: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Expr> =>
  fc.tuple(...args).map((all) => [name, ...all] as Expr);

const literalInt: fc.Arbitrary<Expr> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -12, max: 12 }) },
  fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
);

const literalVector: fc.Arbitrary<Expr> = fc
  .array(fc.integer({ min: 1, max: LENGTH }), { minLength: LENGTH, maxLength: LENGTH })
  .map((values): Expr => ['ints', ...values]);

const key = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -9, max: 12 }) }, fc.integer({ min: -9e9, max: 9e9 }));

const entries = <T>(keys: fc.Arbitrary<T>): fc.Arbitrary<[T, number][]> =>
  fc.uniqueArray(fc.tuple(keys, fc.integer({ min: -50, max: 50 })), {
    minLength: 1,
    maxLength: 6,
    selector: ([one]) => one,
  });

const capped = (value: Expr): Expr => ['min', ['max', value, -1_000_000], 1_000_000];

/** Valid rule sets with every part of the format. Small enough to read when one fails, deep enough to go wrong. */
export const arbitraryRuleSet: fc.Arbitrary<RuleSet> = arbitraryFields
  .chain((fields) => {
    const plain = expressions(fields);
    const second = expressions(fields, { d0: 'int' });
    const third = expressions(fields, { d0: 'int', d1: 'bool' });
    const defined = expressions(fields, { d0: 'int', d1: 'bool', d2: 'text', d3: 'ints' });
    const modified = fc.oneof(
      defined.int.map((x): Expr => capped(['add', '$base', ['min', ['max', x, -100], 100]])),
      fc
        .tuple(defined.bool, fc.integer({ min: 0, max: 3 }))
        .map(([when, by]): Expr => ['if', when, capped(['mul', '$base', by]), '$base']),
      fc.integer({ min: 500, max: 2500 }).map((by): Expr => ['div', capped(['mul', '$base', by]), 1000, 'half-up']),
    );
    const policy = <T extends string>(...choices: T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
    return fc.record(
      {
        id: fc.constant('generated'),
        version: fc.constant(1),
        fields: fc.constant(fields),
        define: fc
          .tuple(plain.int, second.bool, third.text, third.ints)
          .map((values) => values.map((value, i) => ({ id: `d${i}`, value }))),
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

const small: FieldType = { type: 'int', min: -4, max: 9 };

/** Rule sets that are one call of an operator and little else, to see what it does. */
export function ruleSetsCalling(name: CallName): fc.Arbitrary<RuleSet> {
  const fields: Fields = {
    a: small,
    b: small,
    c: { ...small, optional: true },
    p: { type: 'bool' },
    q: { type: 'bool', optional: true },
    t: { type: 'text' },
    u: { type: 'text', optional: true },
    v: { type: 'ints', length: LENGTH, min: 1, max: LENGTH },
    w: { type: 'ints', length: LENGTH, min: 1, max: LENGTH, optional: true },
  };
  const made = expressions(fields);
  const isA = (kind: Kind): boolean => (CALLS[kind] as readonly string[]).includes(name);
  const condition = (value: Expr): Expr => (isA('text') ? ['eq', value, '$t'] : value);
  const points = (value: Expr): Expr => (isA('ints') ? ['at', value, 2] : value);
  const isCondition = isA('bool') || isA('text');
  return made[name]
    .map(
      (value): RuleSet => ({
        id: 'one',
        version: 1,
        fields,
        mode: 'sum',
        rules: [
          { id: 'only', when: isCondition ? condition(value) : true, points: isCondition ? 1 : capped(points(value)) },
        ],
      }),
    )
    .filter((ruleSet) => parseRuleSet(ruleSet).ok);
}
