import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A source of randomness of its own, so that what one entrant does never shifts what the next one does. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  integer(least: number, most: number): number;
  /** True in a share `p` of cases. */
  chance(p: number): boolean;
  /** One of them, each as likely. */
  pick<T>(values: readonly T[]): T;
  /** One of them, by weight. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T;
  /** Around 0 with a standard deviation of 1: the sum of twelve fractions, so never beyond 6. */
  normal(): number;
  /** Puts an array into a random order, in place (Fisher and Yates). */
  shuffle<T>(values: T[]): T[];
}

/** The randomness that belongs to a seed and a name, the same on every machine. */
export function randomOf(seed: number, name: string): Random {
  const start = Number.parseInt(hash('sha256', `${seed} ${name}`, 'hex').slice(0, 8), 16);
  const generator: RandomGenerator = xoroshiro128plus(start | 0);
  // The generator's first state holds the seed nearly as it is; a few steps mix it.
  for (let i = 0; i < 4; i++) generator.next();

  const fraction = (): number => uniformFloat64(generator);
  const integer = (least: number, most: number): number => uniformInt(generator, least, most);
  const at = <T>(values: readonly T[], index: number): T => {
    if (index >= values.length) throw new RangeError('There is nothing to choose from');
    return values[index] as T;
  };
  return {
    fraction,
    integer,
    chance: (p) => fraction() < p,
    pick: (values) => at(values, Math.floor(fraction() * values.length)),
    weighted(choices) {
      let left = fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [value, weight] of choices) {
        left -= weight;
        if (left < 0) return value;
      }
      return at(choices, choices.length - 1)[0];
    },
    normal() {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += fraction();
      return sum;
    },
    shuffle(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = integer(0, i);
        const moved = at(values, i);
        values[i] = at(values, j);
        values[j] = moved;
      }
      return values;
    },
  };
}
