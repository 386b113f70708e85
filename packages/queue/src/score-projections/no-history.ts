import type { FoldSet } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import { isFoldSet } from '../event-projections/event-projection.ts';
import type { ScoreProjection } from './score-projection.ts';

/**
 * Refuses to fold at a time what nobody can say how it was then: items without a time, and results that corrections overwrite. Scores
 * that corrections replaced are kept, and rows of a log do not change.
 *
 * @throws ScorekeepError NO_HISTORY
 */
export function assertHistory(projection: ScoreProjection): void {
  const { of, at, fold, paths } = projection;
  if (at === null) {
    throw noHistory(
      projection,
      `nothing says when a row of "${of.from.table}" happened. Name the column that does with at, and raise the version; or keep a build of rebuild() to compare with later`,
    );
  }
  const read = isFoldSet(fold as FoldSet) ? Object.values(paths) : [];
  const corrected = correctedFields(projection).find((field) => read.includes(field));
  if (corrected !== undefined) throw readsCorrected(projection, corrected);
}

/** Properties that throw, for fields that a fold in JavaScript may not read at a time. */
export const refusals = (projection: ScoreProjection): PropertyDescriptorMap =>
  Object.fromEntries(
    correctedFields(projection).map((field) => [
      field,
      {
        enumerable: false,
        get() {
          throw readsCorrected(projection, field);
        },
      },
    ]),
  );

/** What a fold is refused with that read one of its {@link refusals}. */
export const refused = (projection: ScoreProjection): ScorekeepError =>
  readsCorrected(projection, correctedFields(projection).join('" or "'));

/** Fields of results that a correction writes over. */
function correctedFields({ of }: ScoreProjection): string[] {
  const { join } = of.from;
  return join === null || join.revision === null ? [] : Object.keys(join.fields);
}

const readsCorrected = (projection: ScoreProjection, field: string): ScorekeepError =>
  noHistory(
    projection,
    `its fold reads "${field}", and corrections of "${projection.of.from.join?.table}" leave nothing of what was there. Fold the points and tie-breaks of scores, of which the replaced ones are kept; or ingest results as events and fold these`,
  );

function noHistory({ name, version }: ScoreProjection, why: string): ScorekeepError {
  return new ScorekeepError('NO_HISTORY', `${name}_v${version} cannot be rebuilt at a time: ${why}.`, {
    projection: name,
    version,
  });
}
