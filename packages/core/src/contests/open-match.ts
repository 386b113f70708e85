import { type Row, type RuleSet, toFunction } from '../rules/index.ts';
import { ContestError } from './contest-error.ts';

/** A match that is still to be scored: what each way that it can end pays to each entrant. */
export interface OpenMatch {
  readonly match: string;
  readonly outcomes: readonly MatchOutcome[];
}

/** Outcomes that pay everybody the same, and so make no difference. */
export interface MatchOutcome {
  /** Their names: `2-1`, `3-2`. */
  readonly outcomes: readonly string[];
  /** Milli-points, by entrant. */
  readonly milli: ArrayLike<number>;
}

/** A way a match can end: its name, and the fields that it gives to a row. */
export interface PossibleOutcome {
  readonly outcome: string;
  readonly row: Row;
}

const MAX_ROWS = 20_000_000;

/**
 * Scores every prediction of a match against every outcome.
 *
 * @param predictions by entrant: the fields that the entrant gives to a row; null is no prediction, and earns nothing
 * @param outcomes what can happen; outcomes that are not listed are taken as impossible
 * @throws ContestError LIMIT_EXCEEDED above 20 million pairs, OUT_OF_RANGE without outcomes
 * @throws RuleSetError when the rule set is not valid
 */
export function openMatch(
  ruleSet: RuleSet,
  match: string,
  predictions: readonly (Row | null)[],
  outcomes: readonly PossibleOutcome[],
): OpenMatch {
  const rows = predictions.length * outcomes.length;
  if (rows > MAX_ROWS) {
    throw new ContestError(
      'LIMIT_EXCEEDED',
      `Predictions times outcomes may be ${MAX_ROWS}, got ${rows}; list fewer outcomes.`,
      rows,
    );
  }
  if (outcomes.length === 0)
    throw new ContestError('OUT_OF_RANGE', `Match "${match}" has no outcomes; list what can happen.`, match);
  const columns = Object.fromEntries(
    Object.keys(ruleSet.fields).map((field) => {
      const column: unknown[] = [];
      for (const { row } of outcomes) {
        const given = Object.hasOwn(row, field);
        for (const prediction of predictions) column.push(given ? row[field] : fieldOf(prediction, field));
      }
      return [field, column];
    }),
  );
  const { milli } = toFunction(ruleSet).scoreColumns(columns, rows);
  const groups = new Map<string, { outcomes: string[]; milli: Int32Array }>();
  for (const [o, { outcome }] of outcomes.entries()) {
    const points = milli.slice(o * predictions.length, (o + 1) * predictions.length);
    for (const [e, prediction] of predictions.entries()) if (prediction === null) points[e] = 0;
    const key = points.join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { outcomes: [outcome], milli: points });
    else group.outcomes.push(outcome);
  }
  return { match, outcomes: [...groups.values()] };
}

/** Every scoreline with up to `most` goals of each team: `0-0`, `0-1`, …, as outcomes for the scoreline presets. */
export function scorelines(most: number): readonly PossibleOutcome[] {
  if (!Number.isInteger(most) || most < 0 || most > 99) {
    throw new ContestError('OUT_OF_RANGE', `Goals of a team must be from 0 to 99, got ${most}.`, most);
  }
  return Array.from({ length: (most + 1) ** 2 }, (_, i) => {
    const [resultHome, resultAway] = [Math.floor(i / (most + 1)), i % (most + 1)];
    return { outcome: `${resultHome}-${resultAway}`, row: { resultHome, resultAway } };
  });
}

function fieldOf(prediction: Row | null, field: string): unknown {
  return prediction !== null && Object.hasOwn(prediction, field) ? prediction[field] : null;
}
