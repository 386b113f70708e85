import fc from 'fast-check';
import type { FieldType } from '../rule-set.ts';
import type { ColumnClass } from '../sql-column.ts';
import { arbitraryText } from './arbitrary-rule-set.ts';

/** A column of a relation: its Postgres type, and a value per row as Postgres writes it, null for NULL. */
export interface ArbitraryColumn {
  readonly type: string;
  readonly class: ColumnClass;
  readonly values: readonly (string | null)[];
  /** Whether the planner sees one constant instead of a column: the first value, for every row. */
  readonly constant: boolean;
}

/** Columns for the fields of a rule set. Most values are within bounds; the others are everything that can go wrong. */
export function arbitraryColumns(
  fields: Readonly<Record<string, FieldType>>,
  rowCount: number,
): fc.Arbitrary<Record<string, ArbitraryColumn>> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, arbitraryColumn(field, rowCount)])),
  ) as fc.Arbitrary<Record<string, ArbitraryColumn>>;
}

function arbitraryColumn(field: FieldType, rowCount: number): fc.Arbitrary<ArbitraryColumn> {
  return arbitraryType(field).chain(([type, columnClass]) => {
    const good = { weight: 12, arbitrary: goodValue(field, type) };
    const value = fc.oneof(good, fc.constant(null), badValue(field, type));
    return fc.record({
      type: fc.constant(type),
      class: fc.constant(columnClass),
      values: fc.array(value, { minLength: rowCount, maxLength: rowCount }),
      constant: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    });
  });
}

function arbitraryType(field: FieldType): fc.Arbitrary<[string, ColumnClass]> {
  switch (field.type) {
    case 'bool':
      return fc.constant(['bool', 'bool']);
    case 'text':
      return fc.constantFrom<[string, ColumnClass][]>(['text', 'text'], ['varchar', 'text']);
    case 'ints':
      return fc.constantFrom<[string, ColumnClass][]>(['int2[]', 'ints'], ['int4[]', 'ints'], ['int8[]', 'ints']);
    case 'int': {
      const holds = (type: keyof typeof WIDTHS): boolean => field.min >= -WIDTHS[type] && field.max < WIDTHS[type];
      const types: [string, ColumnClass][] = [
        ['int8', 'int'],
        ['numeric', 'numeric'],
        ['numeric', 'epoch'],
        ['float8', 'float'],
      ];
      if (holds('int4')) types.push(['int4', 'int'], ['int4', 'int']);
      if (holds('int2')) types.push(['int2', 'int'], ['float4', 'float']);
      return fc.constantFrom(...types);
    }
  }
}

const WIDTHS = { int2: 2 ** 15, int4: 2 ** 31, int8: 2 ** 53 } as const;

function goodValue(field: FieldType, type: string): fc.Arbitrary<string> {
  switch (field.type) {
    case 'bool':
      return fc.boolean().map(String);
    case 'text':
      return field.oneOf === undefined ? arbitraryText : fc.constantFrom(...field.oneOf);
    case 'int': {
      const inside = fc
        .oneof(fc.integer({ min: field.min, max: field.max }), fc.constantFrom(field.min, field.max))
        .map(String);
      return type === 'numeric'
        ? fc.oneof(
            inside,
            inside.map((digits) => `${digits}.00`),
          )
        : inside;
    }
    case 'ints': {
      const element = fc.integer({ min: field.min, max: field.max });
      const elements = { minLength: field.length, maxLength: field.length };
      const list = field.distinct === true ? fc.uniqueArray(element, elements) : fc.array(element, elements);
      const text = list.map((values) => `{${values.join(',')}}`);
      return fc.oneof(
        { weight: 3, arbitrary: text },
        text.map((array) => `[-1:${field.length - 2}]=${array}`),
      );
    }
  }
}

function badValue(field: FieldType, type: string): fc.Arbitrary<string> {
  switch (field.type) {
    case 'bool':
      return fc.boolean().map(String);
    case 'text':
      return arbitraryText;
    case 'int': {
      const near = [field.min - 1, field.max + 1].map(String);
      const half = [`${field.min}.5`, `${field.max}.0000000000000000001`, '-0.3', '0.5'];
      const odd = ['NaN', 'Infinity', '-Infinity'];
      switch (type) {
        case 'int2':
          return fc.constantFrom('-32768', '32767');
        case 'int4':
          return fc.constantFrom('-2147483648', '2147483647', '0', '1000');
        case 'int8':
          return fc.constantFrom(...near, '-9223372036854775808', '9223372036854775807', '9007199254740993', '0');
        case 'numeric':
          return fc.constantFrom(...near, ...half, ...odd, '1e400', '-1e400', '9007199254740991.5', '1e-400', '-0');
        default:
          return fc.constantFrom(...near, ...half, ...odd, '1e37', '-1e37', '-0', '123456789', '1e-37');
      }
    }
    case 'ints': {
      const { length, min, max } = field;
      const fill = (value: string | number, count = length): string => `{${new Array(count).fill(value).join(',')}}`;
      return fc.constantFrom(
        '{}',
        fill(min, length + 1),
        fill(min, length - 1),
        fill(min),
        fill(min - 1),
        fill(max + 1),
        fill('NULL'),
        `{${['NULL', max + 1, min].join(',')}}`,
        `{${['NULL', min, min].join(',')}}`,
        `{${new Array(length).fill(fill(min)).join(',')}}`,
        `[5:${length + 4}]=${fill(max)}`,
        `{{${new Array(length).fill(min).join(',')}}}`,
      );
    }
  }
}
