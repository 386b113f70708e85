import type { Expr, FieldType, RuleSet } from '../../rules/index.ts';

/**
 * Values of a field that are worth trying: the lowest few, the highest, and every whole number that the rule set mentions
 * with its neighbours; both truth values, every allowed text. A short vector gets its elements in every
 * order, a long one in a few: as they are, with a swap, a rotation of three, two swaps, all shifted.
 *
 * @param few how many of the lowest whole numbers
 */
export function candidateValues(ruleSet: RuleSet, field: FieldType, few: number): readonly unknown[] {
  const values = valuesOf(ruleSet, field, few);
  return field.optional === true ? [...values, null] : values;
}

function valuesOf(ruleSet: RuleSet, field: FieldType, few: number): readonly unknown[] {
  switch (field.type) {
    case 'bool':
      return [false, true];
    case 'text':
      return field.oneOf ?? ['', 'a', 'b'];
    case 'int': {
      const near = [...mentioned(ruleSet)].flatMap((value) => [value - 1, value, value + 1]);
      const low = Array.from({ length: few }, (_, i) => field.min + i);
      const inside = [...low, ...near, field.max].filter((value) => value >= field.min && value <= field.max);
      return [...new Set(inside)].sort((a, b) => a - b).slice(0, few + MENTIONED);
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

const MENTIONED = 8;

function mentioned(ruleSet: RuleSet): ReadonlySet<number> {
  const numbers = new Set<number>();
  const walk = (expr: Expr): void => {
    if (typeof expr === 'number') numbers.add(expr);
    else if (typeof expr === 'object') for (const part of expr) walk(part);
  };
  for (const { value } of ruleSet.define ?? []) walk(value);
  for (const { when } of ruleSet.rules) walk(when);
  return numbers;
}
