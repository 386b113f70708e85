import type { Expr, Modifier } from './rule-set.ts';

/*
 * The usual modifiers, as data. They apply in the order of a rule set's list; the order in which contests apply them is
 * the order here: joker, booster, stage, double or deduct, confidence.
 */

/** Multiplies the points where the entrant played a joker. */
export function joker(played: Expr, factor = 2): Modifier {
  return { id: 'joker', value: ['if', played, ['mul', '$base', factor], '$base'] };
}

/** Multiplies the points by a whole number that the row carries. */
export function booster(factor: Expr): Modifier {
  return { id: 'booster', value: ['mul', '$base', factor] };
}

/**
 * Multiplies the points by what a stage of the tournament is worth, in thousandths: 1500 is one and a half times.
 * Stages that the table does not have count once. Half thousandths of a point are rounded up.
 */
export function stageMultiplier(
  thousandths: Readonly<Record<string, number>> | ReadonlyMap<number, number>,
  stage: Expr,
): Modifier {
  const table = thousandths instanceof Map ? [...thousandths] : Object.entries(thousandths as Record<string, number>);
  return {
    id: 'stage',
    value: ['div', ['mul', '$base', ['lookup', table as Expr, stage, 1000]], 1000, 'half-up'],
  };
}

/**
 * Doubles the points of an entrant who dared to, when there are enough of them, and takes some away otherwise.
 *
 * @param atLeast thousandths of a point from which on they are doubled
 * @param deduct thousandths of a point that the entrant ends with, as a loss, below that
 */
export function doubleOrDeduct(dared: Expr, { atLeast, deduct }: { atLeast: number; deduct: number }): Modifier {
  const settled: Expr = ['if', ['le', atLeast, '$base'], ['mul', '$base', 2], -deduct];
  return { id: 'doubleOrDeduct', value: ['if', dared, settled, '$base'] };
}

/** Multiplies the points by the confidence that the entrant put on the pick. */
export function confidence(value: Expr): Modifier {
  return { id: 'confidence', value: ['mul', '$base', value] };
}
