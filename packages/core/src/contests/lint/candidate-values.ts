import type { FieldType, TextField } from '../../rules/index.ts';
import type { Node, Program } from '../../rules/node.ts';

/**
 * Values of a field that are worth trying: the lowest few, the highest, and every whole number that the rule set mentions
 * with its neighbours; both truth values, every allowed text; of a free text, all texts that the rule set mentions. A short
 * vector gets its elements in every order, a long one in a few: as they are, with a swap, a rotation of three, two swaps, all
 * shifted.
 *
 * @param few how many of the lowest whole numbers
 */
export function candidateValues(field: FieldType, mentioned: Mentioned, few: number): readonly unknown[] {
  const values = valuesOf(field, mentioned, few);
  return field.optional === true ? [...values, null] : values;
}

function valuesOf(field: FieldType, { numbers, texts }: Mentioned, few: number): readonly unknown[] {
  switch (field.type) {
    case 'bool':
      return [false, true];
    case 'text':
      return field.oneOf ?? [...new Set(['', 'a', 'b', ...texts])].filter((text) => fits(text, field));
    case 'int': {
      const near = numbers.flatMap((value) => [value - 1, value, value + 1]);
      const low = Array.from({ length: few }, (_, i) => field.min + i);
      const inside = [...low, ...near, field.max].filter((value) => value >= field.min && value <= field.max);
      return [...new Set(inside)].sort((a, b) => a - b);
    }
    case 'ints': {
      if (field.length <= 4)
        return orders(field.length).map((order) => order.map((i) => Math.min(field.min + i, field.max)));
      const width = field.max - field.min + 1;
      const plain = Array.from({ length: field.length }, (_, i) => field.min + (i % width));
      const rotated = (by: number): number[] => plain.map((_, i) => plain[(i + by) % plain.length] ?? field.min);
      const swapped = (...pairs: [number, number][]): number[] => {
        const vector = [...plain];
        for (const [i, j] of pairs) [vector[i], vector[j]] = [vector[j] ?? field.min, vector[i] ?? field.min];
        return vector;
      };
      const end = plain.length - 1;
      return [
        plain,
        swapped([0, end]),
        swapped([0, end], [0, end >> 1]),
        swapped([0, end], [1, end - 1]),
        rotated(1),
        rotated(4),
        plain.toReversed(),
      ];
    }
  }
}

/** The orders of 0 to n − 1. */
function orders(n: number): readonly (readonly number[])[] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) => Array.from({ length: n }, (_, at) => order.toSpliced(at, 0, n - 1)));
}

const fits = (text: string, { maxLength = Number.POSITIVE_INFINITY }: TextField): boolean =>
  [...text].length <= maxLength;

/** What a rule set speaks of, each once. */
export interface Mentioned {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** The literals, keys and values of all that decides whether a rule holds for a row, and the texts that fields allow. */
export function mentioned({ defines, rules, fields, late, void: voided }: Program): Mentioned {
  const values = new Set<unknown>(fields.flatMap(({ field }) => (field.type === 'text' ? (field.oneOf ?? []) : [])));
  const walk = (node: Node): void => {
    for (const value of mentions(node)) values.add(value);
    for (const arg of node.args) walk(arg);
  };
  for (const { value } of defines) walk(value);
  for (const { when } of rules) walk(when);
  for (const node of [late, voided]) if (node !== undefined) walk(node);
  return {
    numbers: [...values].filter((value) => typeof value === 'number'),
    texts: [...values].filter((value) => typeof value === 'string'),
  };
}

function mentions(node: Node): readonly unknown[] {
  switch (node.op) {
    case 'literal':
      return [node.value].flat();
    case 'lookup':
      return [...node.keys, ...node.values];
    case 'in':
      return node.keys;
    default:
      return [];
  }
}
