import { sqlInteger } from './fragment.ts';
import { fitsInt4, INT4_MAX } from './limits.ts';
import type { Program, ProgramField } from './node.ts';
import type { IntField, IntsField, TextField } from './rule-set.ts';
import { RuleSetError } from './rule-set-error.ts';
import type { CodeOf } from './score-reasons.ts';
import type { ColumnClass, SqlColumn } from './sql-column.ts';
import { byCodePoint } from './sql-operators.ts';

/** The guard of one field in SQL. */
export interface SqlField {
  readonly program: ProgramField;
  readonly column: SqlColumn;
  /** The column, ready to stand anywhere. */
  readonly raw: string;
  readonly isPresent: string;
  /** Holds when the value may enter; false or NULL when it may not. A vector's repeats are not looked at. */
  readonly accepts: string;
  /** What is wrong with a value that is not accepted: conditions in the order of the reasons, with their codes. */
  readonly refusals: readonly (readonly [condition: string, code: number])[];
  /** The value if it is accepted, else something within bounds. It raises for no value, so nothing after it can. */
  readonly bounded: string;
  /** How dear one look at the value is, in comparisons of integers. */
  readonly weight: number;
}

/**
 * The conditions under which all of these fields may enter. Small whole numbers are first looked at together, by the bits that none
 * of them may have, which costs half of what the bounds of each do; where one has such a bit or is NULL, its bounds decide.
 */
export function acceptedTogether(fields: readonly SqlField[]): string[] {
  const groups = Map.groupBy(fields, bitsOf);
  return [...groups].flatMap(([bits, group]) => {
    const each = group.map((field) => field.accepts);
    if (bits === undefined || group.length === 1) return each;
    const quick = `(${group.map((field) => field.raw).join(' | ')}) & ${sqlInteger(-(2 ** bits))} = 0`;
    return [`(${quick} or ${each.join(' and ')})`];
  });
}

/** How many low bits a field may have in any combination; undefined where most of its values may be beyond them. */
function bitsOf({ program: { field }, column, weight }: SqlField): number | undefined {
  if (field.type !== 'int' || column.type !== 'int' || field.optional === true || weight > 1) return undefined;
  // Of two NULLs without a type Postgres would not know which operator is meant.
  if (/^null$/i.test(column.sql)) return undefined;
  if (field.min > 0 || field.max < 0 || field.max > INT4_MAX) return undefined;
  const bits = 31 - Math.clz32(field.max + 1);
  return field.max + 1 === 2 ** bits || bits >= BITS_MIN ? bits : undefined;
}

/** Goals, sets and games are less than 64, whatever the most that a host allows for. */
const BITS_MIN = 6;

type Bind = (text: string) => string;

/** @throws RuleSetError COLUMN_INVALID when a field has no column, or one of a class that it cannot read */
export function sqlFields(
  { fields }: Program,
  columns: Readonly<Record<string, SqlColumn>>,
  codeOf: CodeOf,
  bind: Bind,
): SqlField[] {
  return fields.map((program) => {
    const column = Object.hasOwn(columns, program.name) ? columns[program.name] : undefined;
    const readable = READABLE[program.field.type];
    if (column === undefined || !readable.includes(column.type)) {
      const got = column === undefined ? 'none' : `one of type "${column.type}"`;
      throw new RuleSetError(
        'COLUMN_INVALID',
        `fields.${program.name}`,
        `toSql needs a column of type ${readable.join(', ')}, got ${got}.`,
        column,
      );
    }
    return guard(program, column, (kind) => codeOf(kind, program.name), bind);
  });
}

const READABLE: Readonly<Record<'int' | 'bool' | 'text' | 'ints', readonly ColumnClass[]>> = {
  int: ['int', 'numeric', 'float', 'epoch'],
  bool: ['bool'],
  text: ['text'],
  ints: ['ints'],
};

function guard(program: ProgramField, column: SqlColumn, code: CodeOf, bind: Bind): SqlField {
  const { field } = program;
  const raw = rawOf(column);
  const isPresent = `${raw} is not null`;
  const plain = /^("[^"]+"|\w+)(\.("[^"]+"|\w+))*$/.test(column.sql) ? 1 : 4;
  const dear = { int: 1, numeric: 4, epoch: 4, float: 2, bool: 1, text: 3, ints: 8 }[column.type];
  const parts =
    field.type === 'int'
      ? guardInt(field, column.type, raw, code)
      : field.type === 'text'
        ? guardText(field, raw, code, bind)
        : field.type === 'ints'
          ? guardInts(field, raw, code)
          : { accepts: isPresent, refusals: [], bounded: `coalesce(${raw}, false)` };
  const required = field.optional !== true;
  return {
    program,
    column,
    raw,
    isPresent,
    accepts: required ? parts.accepts : `(${raw} is null or (${parts.accepts}))`,
    refusals: required
      ? [[`${raw} is null`, code('missing')], ...parts.refusals]
      : parts.refusals.map(([condition, reason]) => [`${isPresent} and ${condition}`, reason]),
    bounded: parts.bounded,
    weight: plain * dear,
  };
}

function rawOf({ sql, type }: SqlColumn): string {
  const cast = type === 'float' ? '::float8' : type === 'text' ? '::text' : '';
  return /^("[^"]+"|\w+)(\.("[^"]+"|\w+))*$/.test(sql) ? `${sql}${cast}` : `(${sql})${cast}`;
}

type Parts = Pick<SqlField, 'accepts' | 'refusals' | 'bounded'>;

function guardInt({ min, max }: IntField, type: ColumnClass, raw: string, code: CodeOf): Parts {
  const [lo, hi] = [sqlInteger(min), sqlInteger(max)];
  const whole = type !== 'int';
  return {
    accepts: `${raw} between ${lo} and ${hi}${whole ? ` and ${raw} = trunc(${raw})` : ''}`,
    refusals: [
      [`${raw} < ${lo}`, code('below')],
      [`${raw} > ${hi}`, code('above')],
      ...(whole ? ([[`${raw} <> trunc(${raw})`, code('fraction')]] as const) : []),
    ],
    // NULL is ignored by both functions, and NaN is the greatest number: every value ends between the bounds.
    bounded: `least(greatest(${raw}, ${lo}), ${hi})::${fitsInt4({ lo: min, hi: max }) ? 'int4' : 'int8'}`,
  };
}

function guardText({ maxLength, oneOf }: TextField, raw: string, code: CodeOf, bind: Bind): Parts {
  const tooLong = `char_length(${raw}) > ${maxLength}`;
  const allowed = oneOf === undefined ? '' : `${byCodePoint(raw)} in (${oneOf.map(bind).join(', ')})`;
  return {
    accepts: [
      `${raw} is not null`,
      ...(maxLength === undefined ? [] : [`not ${tooLong}`]),
      ...(oneOf === undefined ? [] : [allowed]),
    ].join(' and '),
    refusals: [
      ...(maxLength === undefined ? [] : ([[tooLong, code('tooLong')]] as const)),
      ...(oneOf === undefined ? [] : ([[`not (${allowed})`, code('notAllowed')]] as const)),
    ],
    bounded: `coalesce(${raw}, '')`,
  };
}

function guardInts({ length, min, max }: IntsField, raw: string, code: CodeOf): Parts {
  const [lo, hi] = [sqlInteger(min), sqlInteger(max)];
  const shape = `coalesce(array_ndims(${raw}) = 1 and array_length(${raw}, 1) = ${length}, false)`;
  const array = fitsInt4({ lo: min, hi: max }) ? 'int4[]' : 'int8[]';
  const accepts = `${shape} and ${lo} <= all (${raw}) and ${hi} >= all (${raw})`;
  return {
    accepts,
    refusals: [
      [`not ${shape}`, code('length')],
      [`${lo} > any (${raw})`, code('below')],
      [`${hi} < any (${raw})`, code('above')],
      // No element is below or above, so only a NULL can keep the comparison from being false.
      [`(${lo} > any (${raw})) is null`, code('hole')],
    ],
    // The slice makes the first position 1 wherever the array begins. Only this value decides, so folding it early is safe.
    bounded: `case when ${accepts} then (${raw})[:]::${array} else array_fill(${lo}::${array.slice(0, 4)}, array[${length}]) end`,
  };
}

/** Whether a bounded vector has an element twice: by a bit per possible value, or by sorting when there are too many. */
export function sqlRepeats({ length, min, max }: IntsField, vector: string): string {
  if (max - min >= 63) return `(select count(distinct e) from unnest(${vector}) e) <> ${length}`;
  const bits = Array.from({ length }, (_, k) => `(1::int8 << (${vector}[${k + 1}] - ${sqlInteger(min)})::int4)`);
  return `bit_count((${bits.join(' | ')})::bit(64)) <> ${length}`;
}
