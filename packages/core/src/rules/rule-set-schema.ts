import { LIMITS, MAX_FIELD, MAX_VALUE } from './limits.ts';
import { ROUNDINGS } from './rule-set.ts';

/** A JSON Schema, as far as this one goes. */
type Schema = { readonly [keyword: string]: unknown };

const expr: Schema = { $ref: '#/$defs/expr' };
const whole: Schema = { type: 'integer', minimum: -MAX_VALUE, maximum: MAX_VALUE };
const text: Schema = { type: 'string', maxLength: LIMITS.text };
const name: Schema = { type: 'string', pattern: '^(?!base$)[A-Za-z][A-Za-z0-9_]{0,62}$' };
const id: Schema = { type: 'string', minLength: 1, maxLength: LIMITS.text };
const keys: Schema = {
  anyOf: [whole, text].map((items) => ({
    type: 'array',
    items,
    minItems: 1,
    maxItems: LIMITS.entries,
    uniqueItems: true,
  })),
};
const table: Schema = {
  anyOf: [whole, text].map((key) => ({
    type: 'array',
    items: tuple(key, whole),
    minItems: 1,
    maxItems: LIMITS.entries,
  })),
};
const position: Schema = { type: 'integer', minimum: 1, maximum: LIMITS.vector };
const optionalField: Schema = { type: 'string', pattern: '^\\$[A-Za-z]' };

/** Calls of a fixed number of operands. */
const calls: readonly Schema[] = [
  ...['abs', 'sign', 'not'].map((op) => tuple({ const: op }, expr)),
  ...['sub', 'mod', 'eq', 'lt', 'le', 'at'].map((op) => tuple({ const: op }, expr, expr)),
  tuple({ const: 'if' }, expr, expr, expr),
  tuple({ const: 'div' }, expr, expr, { enum: ROUNDINGS }),
  tuple({ const: 'text' }, text),
  tuple({ const: 'present' }, optionalField),
  tuple({ const: 'else' }, optionalField, expr),
  tuple({ const: 'lookup' }, table, expr, expr),
  tuple({ const: 'in' }, expr, keys),
  tuple({ const: 'agree' }, expr, expr, position, position),
  many('ints', whole, 1, LIMITS.vector),
  ...['and', 'or', 'countTrue'].map((op) => many(op, expr, 1, LIMITS.operands)),
  ...['add', 'min', 'max'].map((op) => many(op, expr, 2, LIMITS.operands)),
  many('mul', expr, 2, LIMITS.factors),
];

/**
 * The format of rule sets as a JSON Schema (draft 2020-12): for editors, and for checks at the edge of a service. Every
 * rule set that {@link parseRuleSet} takes is valid. The schema does not know types, references and overflow, which
 * `parseRuleSet` checks.
 */
export const ruleSetSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Rule set',
  ...object(
    {
      id,
      version: { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 },
      fields: {
        type: 'object',
        propertyNames: name,
        additionalProperties: { $ref: '#/$defs/field' },
        maxProperties: LIMITS.fields,
      },
      define: list(object({ id: name, value: expr }), 0, LIMITS.definitions),
      mode: { enum: ['sum', 'first', 'max'] },
      rules: list(object({ id, when: expr, points: expr, label: text }, ['label']), 1, LIMITS.rules),
      modifiers: list(object({ id, value: expr, label: text }, ['label']), 0, LIMITS.modifiers),
      tieBreak: list(
        object({ id: name, value: expr, order: { enum: ['desc', 'asc'] } }, ['order']),
        0,
        LIMITS.tieBreaks,
      ),
      late: expr,
      void: expr,
      policies: object(
        {
          missing: { enum: ['reject', 'zero'] },
          late: { enum: ['reject', 'zero', 'score'] },
          void: { enum: ['reject', 'zero'] },
          correction: { enum: ['rescore', 'keep'] },
        },
        ['missing', 'late', 'void', 'correction'],
      ),
    },
    ['define', 'modifiers', 'tieBreak', 'late', 'void', 'policies'],
  ),
  $defs: {
    expr: { anyOf: [whole, { type: 'boolean' }, { type: 'string', pattern: '^\\$[A-Za-z]' }, ...calls] },
    field: {
      anyOf: [
        object({ type: { const: 'int' }, ...bounds(), ...optional() }, ['optional']),
        object({ type: { const: 'bool' }, ...optional() }, ['optional']),
        object(
          {
            type: { const: 'text' },
            maxLength: { type: 'integer', minimum: 0, maximum: 1e6 },
            oneOf: list(text, 1, LIMITS.entries),
            ...optional(),
          },
          ['maxLength', 'oneOf', 'optional'],
        ),
        object(
          { type: { const: 'ints' }, length: position, ...bounds(), distinct: { type: 'boolean' }, ...optional() },
          ['distinct', 'optional'],
        ),
      ],
    },
  },
};

function tuple(...prefixItems: readonly Schema[]): Schema {
  return { type: 'array', prefixItems, minItems: prefixItems.length, maxItems: prefixItems.length };
}

function many(op: string, items: Schema, least: number, most: number): Schema {
  return { type: 'array', prefixItems: [{ const: op }], items, minItems: least + 1, maxItems: most + 1 };
}

function list(items: Schema, minItems: number, maxItems: number): Schema {
  return { type: 'array', items, minItems, maxItems };
}

function object(properties: Readonly<Record<string, Schema>>, optionalKeys: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((key) => !optionalKeys.includes(key));
  return { type: 'object', properties, required, additionalProperties: false };
}

function bounds(): Readonly<Record<'min' | 'max', Schema>> {
  const bound = { type: 'integer', minimum: -MAX_FIELD, maximum: MAX_FIELD };
  return { min: bound, max: bound };
}

function optional(): Readonly<Record<'optional', Schema>> {
  return { optional: { type: 'boolean' } };
}
