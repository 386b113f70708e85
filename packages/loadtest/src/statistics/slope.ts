import { LoadtestError } from '../loadtest-error.ts';
import { median } from './quantile.ts';

/**
 * How much y changes with x: the median of the slopes between all pairs of points (Theil 1950, Sen 1968), which up to 29 % of
 * spoiled points, such as a vacuum or a collection of garbage, do not bend.
 *
 * @throws LoadtestError `TOO_FEW_MEASUREMENTS` for fewer than 2 points of different x
 */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((from, i) =>
    points.slice(i + 1).flatMap((to) => (to.x === from.x ? [] : [(to.y - from.y) / (to.x - from.x)])),
  );
  if (slopes.length === 0) {
    throw new LoadtestError('TOO_FEW_MEASUREMENTS', 'A slope needs at least 2 points of different x');
  }
  return median(slopes);
}
