import type { FoldSet, RuleSet } from '@scorekeep/core/rules';
import { timeColumn } from '../boards/board.ts';
import type { TimeColumn } from '../boards/stored-board.ts';
import { ScorekeepError } from '../errors.ts';
import { assertNoCycle, isFoldSet, reducersOf, type StepFold } from '../event-projections/event-projection.ts';
import type { Backend, Projection } from '../projections/projection.ts';
import type { TableLog } from '../tables/table-log.ts';

/** A scored item, as a fold in JavaScript is given it. */
export interface ScoredItem {
  readonly subject: string;
  /** The columns of its key, as text. */
  readonly key: Readonly<Record<string, string>>;
  /** In points, as boards show them; 0 where a table is folded without scores. */
  readonly points: number;
  /** The tie-breaks by their id. */
  readonly ties: Readonly<Record<string, number>>;
  /** What the rule set reads, as it is now. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** When it happened, in epoch milliseconds, where `at` names a column. */
  readonly time: number | null;
}

/** A fold in JavaScript over the items of a subject, in the order of `at` and then of their key. */
export type ItemFold<State> = StepFold<State, ScoredItem>;

/** What a host writes to have scores, or the rows of its own table, folded to a state for each subject. See `projection`. */
export interface ScoreProjectionDefinition<State = unknown> {
  /** The scores that are folded, or a table whose rows are. */
  readonly from: Projection | TableLog;
  readonly fold: FoldSet | ItemFold<State>;
  /** Of a table that a function folds: the fields that it is given. Default, with a `FoldSet`: those of the fold. */
  readonly fields?: RuleSet['fields'];
  /** Where a field of a `FoldSet` is found: `points`, in thousandths, `ties.<id>`, `time`, `subject` or a field of the log. Default: by its name. */
  readonly paths?: Readonly<Record<string, string>>;
  /** The column that says when an item happened, as boards have it. */
  readonly at?: string | { readonly joined: string };
  /** Raise it when the fold changes. Default 1. */
  readonly version?: number;
  /** Where a `FoldSet` runs: inside Postgres (default), or in the worker, to the same states. */
  readonly backend?: Backend;
  /** Folds over the same scores that must have folded what is new of a subject before this one does. */
  readonly after?: readonly ScoreProjection[];
  /** For events alone: a fold of scores reads all items of a subject each time, in the order of `at` and of their key. */
  readonly ordered?: never;
}

/** A fold over scores or over a table, under a name. Made by `projection`. */
export interface ScoreProjection<State = unknown> {
  readonly kind: 'score-projection';
  readonly name: string;
  readonly version: number;
  /** The projection whose items are folded: have it run, and it folds what changes. Of a table it is one that scores nothing. */
  readonly of: Projection;
  /** Whether `of` was made for it, of a table. */
  readonly ofTable: boolean;
  readonly fold: FoldSet | ItemFold<State>;
  /** Each field of a `FoldSet`, and where it is found. */
  readonly paths: Readonly<Record<string, string>>;
  readonly at: TimeColumn | null;
  readonly backend: Backend;
  readonly after: readonly ScoreProjection[];
}

/**
 * The part of `projection` that is about scores and tables; name and version are checked.
 *
 * @param scoring makes a projection over the table with a rule set
 */
export function scoreProjection<State>(
  name: string,
  version: number,
  definition: ScoreProjectionDefinition<State>,
  scoring: (from: TableLog, score: RuleSet) => Projection,
): ScoreProjection<State> {
  const { from, fold, backend = 'sql', after = [] } = definition;
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `projection("${name}"): ${message}`, { projection: name });
  if ((definition as { ordered?: unknown }).ordered !== undefined) {
    throw invalid(
      'ordered is for events: a fold of scores or rows reads all items of a subject each time, in the order of at and of their key',
    );
  }
  const isData = isFoldSet(fold as FoldSet);
  if (!isData && typeof (fold as ItemFold<State> | undefined)?.step !== 'function') {
    throw invalid('fold must be a FoldSet, or have initial and step');
  }
  const fields = definition.fields ?? (isData ? (fold as FoldSet).fields : undefined);
  if (from.kind === 'table' && fields === undefined) throw invalid('fields is missing: name those that step is given');
  if (from.kind !== 'table' && definition.fields !== undefined)
    throw invalid('fields is for tables; scores have those of their rule set');
  const of =
    from.kind === 'projection' ? from : scoring(from, rowsOf(name, version, ownFields(fields ?? {}, definition.paths)));
  if (isData) reducersOf(name, fold as FoldSet);
  const other = after.find((one) => one.kind !== 'score-projection' || labelOf(one.of) !== labelOf(of));
  if (other !== undefined) {
    throw invalid(
      `after names "${other.name}", which folds no scores of "${of.name}": what is new of a subject is new to both only there`,
    );
  }
  assertNoCycle(name, version, after, invalid);
  return {
    kind: 'score-projection',
    name,
    version,
    of,
    ofTable: from.kind === 'table',
    fold,
    paths: isData ? pathsOf(fold as FoldSet, definition.paths ?? {}, of, invalid) : {},
    at: timeColumn(definition.at, of, invalid),
    backend,
    after,
  };
}

const labelOf = ({ name, version }: Projection): string => `${name}_v${version}`;

/** A rule set that gives each row nothing, so that a run finds the rows that are new or corrected. */
const rowsOf = (name: string, version: number, fields: RuleSet['fields']): RuleSet => ({
  id: `${name}_rows`,
  version,
  mode: 'sum',
  fields,
  rules: [{ id: 'row', when: true, points: 0 }],
});

/** Fields of a fold that are found in the row itself. */
function ownFields(fields: RuleSet['fields'], paths: Readonly<Record<string, string>> = {}): RuleSet['fields'] {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([field, type]) => [paths[field] ?? field, type] as const)
      .filter(([path]) => !RESERVED.has(path)),
  );
}

const RESERVED = new Set(['points', 'time', 'subject']);

function pathsOf(
  { fields }: FoldSet,
  paths: Readonly<Record<string, string>>,
  { score }: Projection,
  invalid: (message: string) => Error,
): Record<string, string> {
  const unknown = Object.keys(paths).find((field) => !Object.hasOwn(fields, field));
  if (unknown !== undefined) throw invalid(`paths names "${unknown}", no field of the fold`);
  const ties = (score.tieBreak ?? []).map(({ id }) => `ties.${id}`);
  const known = new Set([...RESERVED, ...Object.keys(score.fields), ...ties]);
  return Object.fromEntries(
    Object.keys(fields).map((field) => {
      const wanted = paths[field] ?? (known.has(field) || !known.has(`ties.${field}`) ? field : `ties.${field}`);
      if (known.has(wanted)) return [field, wanted];
      throw invalid(`the field "${field}" is found nowhere: "${wanted}" is none of ${[...known].join(', ')}`);
    }),
  );
}
