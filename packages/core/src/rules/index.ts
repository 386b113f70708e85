/** Scoring rules as data: parsed once, run as a function or inside Postgres, with the same result and an explanation. */

export {
  type BoolExpr,
  buildRuleSet,
  type Define,
  type IntExpr,
  type IntsExpr,
  type Operators,
  type OptionalField,
  operators,
  type Parts,
  type TextExpr,
  type Typed,
} from './build-rule-set.ts';
export { canonicalJson } from './canonical-json.ts';
export { OPERATOR_NAMES } from './check-expression.ts';
export { decodeColumn, transportSql } from './decode-column.ts';
export {
  type Explanation,
  explain,
  type ModifierExplanation,
  type RuleExplanation,
  type Shortfall,
  type StoredScore,
} from './explain.ts';
export {
  type Fold,
  type FoldSet,
  type FoldSql,
  type FoldState,
  type Reducer,
  type ReducerColumns,
  reducerColumns,
  toFold,
  toFoldSql,
} from './fold.ts';
export { LIMITS } from './limits.ts';
export { booster, confidence, doubleOrDeduct, joker, stageMultiplier } from './modifiers.ts';
export { assertRuleSet, type ParsedRuleSet, parseRuleSet } from './parse-rule-set.ts';
export type {
  BoolField,
  Definition,
  Expr,
  FieldType,
  IntField,
  IntsField,
  Mode,
  Modifier,
  Policies,
  Rounding,
  Rule,
  RuleSet,
  TextField,
  TieBreak,
} from './rule-set.ts';
export { RuleSetError, type RuleSetErrorCode } from './rule-set-error.ts';
export { ruleSetHash } from './rule-set-hash.ts';
export { ruleSetSchema } from './rule-set-schema.ts';
export { type FieldReasonKind, type Reason, type ReasonKind, scoreReasons } from './score-reasons.ts';
export type { ColumnClass, SqlColumn } from './sql-column.ts';
export { type Row, type Score, type ScoreColumns, type Scorer, toFunction } from './to-function.ts';
export { type ScoreSql, type ToSqlOptions, toSql } from './to-sql.ts';
export { withDeadline } from './with-deadline.ts';
