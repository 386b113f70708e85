import { shown } from '../text/shown.ts';
import { LIMITS, MAX_FIELD } from './limits.ts';
import type { ProgramField, Type } from './node.ts';
import { arrayAt, choice, keysOf, nameAt, objectAt, textAt } from './parse-json.ts';
import type { FieldType } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';

/**
 * The fields of a rule set, sorted by name: the order of keys means nothing in JSON, and a database that stores the rule
 * set may change it, but the order decides which of two offending fields a row is refused for.
 *
 * @throws RuleSetError
 */
export function parseFields(json: unknown): readonly ProgramField[] {
  const entries = Object.entries(objectAt(json, 'fields'));
  if (entries.length > LIMITS.fields) {
    throw new RuleSetError(
      'LIMIT_EXCEEDED',
      'fields',
      `At most ${LIMITS.fields} are allowed, got ${entries.length}.`,
      entries.length,
    );
  }
  return entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, raw]) => {
      nameAt(name, 'fields');
      const path = `fields.${name}`;
      const field = parseField(objectAt(raw, path), path);
      return { name, field, type: typeOf(field) };
    });
}

function parseField(raw: Record<string, unknown>, path: string): FieldType {
  const type = choice(raw['type'], `${path}.type`, ['int', 'bool', 'text', 'ints']);
  if (raw['optional'] !== undefined) flag(raw['optional'], `${path}.optional`);
  switch (type) {
    case 'bool':
      keysOf(raw, path, ['type'], ['optional']);
      break;
    case 'int':
      keysOf(raw, path, ['type', 'min', 'max'], ['optional']);
      bounds(raw, path);
      break;
    case 'ints':
      keysOf(raw, path, ['type', 'length', 'min', 'max'], ['distinct', 'optional']);
      bounds(raw, path);
      whole(raw['length'], `${path}.length`, 1, LIMITS.vector);
      if (raw['distinct'] !== undefined) flag(raw['distinct'], `${path}.distinct`);
      break;
    case 'text':
      keysOf(raw, path, ['type'], ['maxLength', 'oneOf', 'optional']);
      if (raw['maxLength'] !== undefined) whole(raw['maxLength'], `${path}.maxLength`, 0, 1e6);
      if (raw['oneOf'] !== undefined) {
        for (const [i, one] of arrayAt(raw['oneOf'], `${path}.oneOf`, 1, LIMITS.entries).entries()) {
          textAt(one, `${path}.oneOf[${i}]`, 0);
        }
      }
      break;
  }
  return { ...raw, type } as FieldType;
}

function typeOf(field: FieldType): Type {
  switch (field.type) {
    case 'int':
      return { kind: 'int', lo: field.min, hi: field.max };
    case 'ints':
      return { kind: 'ints', length: field.length, lo: field.min, hi: field.max };
    default:
      return { kind: field.type };
  }
}

function bounds(raw: Record<string, unknown>, path: string): void {
  const min = whole(raw['min'], `${path}.min`, -MAX_FIELD, MAX_FIELD);
  whole(raw['max'], `${path}.max`, min, MAX_FIELD);
}

function whole(value: unknown, path: string, lo: number, hi: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= lo && value <= hi) return value;
  throw new RuleSetError(
    'OUT_OF_RANGE',
    path,
    `Expected a whole number from ${lo} to ${hi}, got ${shown(value)}.`,
    value,
  );
}

function flag(value: unknown, path: string): void {
  if (typeof value !== 'boolean')
    throw new RuleSetError('SHAPE', path, `Expected true or false, got ${shown(value)}.`, value);
}
