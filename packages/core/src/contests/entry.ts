import { shown } from '../text/shown.ts';

/** What is wrong with one field of an entry. */
export interface EntryError {
  /** Where: `predictions[3].home`, `picks[40]`. */
  readonly field: string;
  readonly code: EntryErrorCode;
  readonly value: unknown;
  /** What is wrong and what would fit, as a sentence. */
  readonly message: string;
}

export type EntryErrorCode =
  | 'MISSING'
  | 'NOT_ALLOWED'
  | 'OUT_OF_RANGE'
  | 'DUPLICATE'
  | 'INCONSISTENT'
  | 'LIMIT_EXCEEDED';

/** An entry, or everything that is wrong with it. */
export type ParsedEntry<T> =
  | { readonly ok: true; readonly entry: T }
  | { readonly ok: false; readonly errors: readonly EntryError[] };

/** Collects errors while an entry is read. */
export class EntryErrors {
  readonly list: EntryError[] = [];

  add(field: string, code: EntryErrorCode, value: unknown, message: string): void {
    this.list.push({ field, code, value, message });
  }

  /** The value when it is a whole number from `least` to `most`; otherwise an error is added. */
  whole(field: string, value: unknown, least: number, most: number): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    if (value === undefined || value === null) {
      this.add(field, 'MISSING', value, `${field} is missing; expected a whole number from ${least} to ${most}.`);
    } else {
      this.add(
        field,
        'OUT_OF_RANGE',
        value,
        `${field} must be a whole number from ${least} to ${most}, got ${shown(value)}.`,
      );
    }
    return undefined;
  }

  /** The value when it is a list of `least` to `most` elements; otherwise an error is added. */
  listOf(field: string, value: unknown, least: number, most: number): readonly unknown[] | undefined {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    if (!Array.isArray(value)) {
      this.add(field, 'MISSING', value, `${field} must be a list of ${count}, got ${shown(value)}.`);
      return undefined;
    }
    if (value.length >= least && value.length <= most) return value;
    this.add(field, 'LIMIT_EXCEEDED', value.length, `${field} must have ${count} elements, got ${value.length}.`);
    return undefined;
  }

  result<T>(entry: () => T): ParsedEntry<T> {
    return this.list.length === 0 ? { ok: true, entry: entry() } : { ok: false, errors: this.list };
  }
}

/** Members of a JSON object; none for anything else. Inherited ones are not members. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
