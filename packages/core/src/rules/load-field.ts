import { LONE_SURROGATE } from './canonical-json.ts';
import type { Register } from './kernels.ts';
import type { ProgramField } from './node.ts';
import type { IntField, IntsField, TextField } from './rule-set.ts';
import { type CodeOf, FIELD_REASONS, type FieldReasonKind } from './score-reasons.ts';

/** Where the values of a field go, and whether they were there. Texts have `texts`, everything else `values`. */
export interface LoadedField {
  readonly values: Register;
  readonly texts: string[];
  readonly present: Register;
}

/** Reads rows from `start` on into a block, and gives a reason to each row whose value is not the field's. */
export type Load = (column: ArrayLike<unknown>, start: number, n: number, reasons: Int16Array) => void;

/** The guard of one field. What it refuses is replaced by a value within bounds, so that every rule is defined. */
export function loadField(program: ProgramField, into: LoadedField, codeOf: CodeOf): Load {
  const { field, name } = program;
  const code = Object.fromEntries(FIELD_REASONS.map((kind) => [kind, codeOf(kind, name)])) as Codes;
  switch (field.type) {
    case 'int':
      return loadInts(field, into, code);
    case 'bool':
      return loadBools(into, code);
    case 'text':
      return loadTexts(field, into, code);
    case 'ints':
      return loadVectors(field, into, code);
  }
}

/** The codes of one field; 0 for what its type cannot be refused for. */
type Codes = Readonly<Record<FieldReasonKind, number>>;

function loadInts({ min, max, optional }: IntField, { values, present }: LoadedField, code: Codes): Load {
  const refuse = (value: unknown, i: number, reasons: Int16Array): void => {
    values[i] = typeof value === 'bigint' && value >= min && value <= max ? Number(value) : min;
    if (reasons[i] === 0) reasons[i] = reasonOf(value);
  };
  const reasonOf = (value: unknown): number => {
    if (value === null || value === undefined) return code.missing;
    if (typeof value !== 'number' && typeof value !== 'bigint') return code.wrongType;
    if (value < min) return code.below;
    if (!(value <= max)) return code.above;
    return typeof value === 'bigint' ? 0 : code.fraction;
  };
  return (column, start, n, reasons) => {
    for (let i = 0; i < n; i++) {
      const value = column[start + i] as number;
      if (Number.isSafeInteger(value) && value >= min && value <= max) values[i] = value;
      else refuse(value, i, reasons);
    }
    if (optional === true) markPresent(column, start, n, present);
  };
}

/** Apart from the loop that reads, because most fields are required. */
function markPresent(column: ArrayLike<unknown>, start: number, n: number, present: Register): void {
  for (let i = 0; i < n; i++) present[i] = +(column[start + i] != null);
}

function loadBools({ values, present }: LoadedField, code: Codes): Load {
  return (column, start, n, reasons) => {
    for (let i = 0; i < n; i++) {
      const value = column[start + i];
      values[i] = +(value === true);
      present[i] = +(typeof value === 'boolean');
      if (typeof value !== 'boolean' && reasons[i] === 0) reasons[i] = value == null ? code.missing : code.wrongType;
    }
  };
}

function loadTexts({ maxLength, oneOf }: TextField, { texts, present }: LoadedField, code: Codes): Load {
  const allowed = oneOf === undefined ? undefined : new Set(oneOf);
  const refuse = (value: string): number => {
    if (value.includes('\0') || LONE_SURROGATE.test(value)) return code.wrongType;
    // A code point is one code unit or two, so most texts need no counting.
    if (maxLength !== undefined && value.length > maxLength && codePoints(value) > maxLength) return code.tooLong;
    return allowed !== undefined && !allowed.has(value) ? code.notAllowed : 0;
  };
  return (column, start, n, reasons) => {
    for (let i = 0; i < n; i++) {
      const value = column[start + i];
      const isText = typeof value === 'string';
      texts[i] = isText ? value : '';
      present[i] = +isText;
      if (reasons[i] !== 0) continue;
      reasons[i] = isText ? refuse(value) : value == null ? code.missing : code.wrongType;
    }
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function loadVectors(field: IntsField, { values, present }: LoadedField, code: Codes): Load {
  const { length, min, max } = field;
  const repeats = field.distinct === true ? findRepeats(field) : undefined;
  const refuse = (value: ArrayLike<unknown>, at: number): number => {
    if (value.length !== length) return code.length;
    let k = 0;
    for (; k < length; k++) {
      const element = value[k];
      if (!Number.isSafeInteger(element) || (element as number) < min || (element as number) > max) break;
      values[at + k] = element as number;
    }
    const reason = k === length ? 0 : reasonOf(value, at);
    return reason === 0 && repeats?.(values, at) === true ? code.duplicate : reason;
  };
  const reasonOf = (value: ArrayLike<unknown>, at: number): number => {
    let [wrong, below, above, hole] = [0, 0, 0, 0];
    for (let k = 0; k < length; k++) {
      const element = value[k];
      if (isList(element)) return code.length;
      if (element === null || element === undefined) hole = code.hole;
      else if (typeof element !== 'number' && typeof element !== 'bigint') wrong = code.wrongType;
      else if (element < min) below = code.below;
      else if (!(element <= max)) above = code.above;
      else if (typeof element === 'number' && !Number.isInteger(element)) wrong = code.wrongType;
      else values[at + k] = Number(element) + 0;
    }
    return wrong || below || above || hole;
  };
  return (column, start, n, reasons) => {
    for (let i = 0; i < n; i++) {
      const value = column[start + i];
      const reason = value == null ? code.missing : isList(value) ? refuse(value, i * length) : code.wrongType;
      present[i] = +(value != null);
      if (reason !== 0 || value == null) values.fill(min, i * length, (i + 1) * length);
      if (reasons[i] === 0) reasons[i] = reason;
    }
  };
}

const isList = (value: unknown): value is ArrayLike<unknown> => Array.isArray(value) || ArrayBuffer.isView(value);

/** Whether a vector has an element twice: by a mark per possible value, or by comparing all pairs when there are too many. */
function findRepeats({ length, min, max }: IntsField): (values: Register, at: number) => boolean {
  if (max - min < 4096) {
    const marks = new Float64Array(max - min + 1);
    let mark = 0;
    return (values, at) => {
      mark++;
      for (let k = at; k < at + length; k++) {
        const slot = (values[k] as number) - min;
        if (marks[slot] === mark) return true;
        marks[slot] = mark;
      }
      return false;
    };
  }
  return (values, at) => {
    for (let k = at; k < at + length; k++) {
      for (let l = at; l < k; l++) if (values[k] === values[l]) return true;
    }
    return false;
  };
}
