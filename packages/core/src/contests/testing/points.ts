import { type Row, type RuleSet, scoreReasons, toFunction } from '../../rules/index.ts';

/** The points of a row. Throws when the row is not scored, naming the reason. */
export function points(ruleSet: RuleSet, row: Row): number {
  const { milli, reason } = toFunction(ruleSet).score(row);
  if (milli === null) throw new Error(JSON.stringify(scoreReasons(ruleSet)[reason]));
  return milli / 1000;
}

/** The fields of a prediction and a result, written as scorelines: `'2-1', '3-2'`. */
export function predicted(prediction: string, result: string): Row {
  const [home, away] = prediction.split('-').map(Number);
  const [resultHome, resultAway] = result.split('-').map(Number);
  return { home, away, resultHome, resultAway };
}
