import { type FoldState, parseRuleSet, type RuleSet } from '@scorekeep/core/rules';
import { ScorekeepError } from '../errors.ts';
import {
  type EventProjection,
  type EventProjectionDefinition,
  eventProjection,
} from '../event-projections/event-projection.ts';
import {
  type ScoreProjection,
  type ScoreProjectionDefinition,
  scoreProjection,
} from '../score-projections/score-projection.ts';
import type { TableLog } from '../tables/table-log.ts';

/** What a host writes to have a log scored. See {@link projection}. */
export interface ProjectionDefinition {
  /** The log that is read. */
  readonly from: TableLog;
  /** The rule set that turns an item into points. */
  readonly score: RuleSet;
  /** Raise it when the rule set or the mapping changes: the new version scores beside the old one. Default 1. */
  readonly version?: number;
  /** Where the rule set runs: inside Postgres (default), or in the worker. The points are the same. */
  readonly backend?: Backend;
}

/** Where a rule set runs. */
export type Backend = 'sql' | 'js';

/** A log and the rule set that scores it, under a name. Made by {@link projection}. */
export interface Projection {
  readonly kind: 'projection';
  readonly name: string;
  readonly version: number;
  readonly from: TableLog;
  readonly score: RuleSet;
  readonly backend: Backend;
}

/**
 * Declares what is scored and how, or what is folded: events of a log, scores of another projection, rows of a table. The scores are kept in a table of their own,
 * `score_<name>_v<version>`; what is folded is read from the view `projection_<name>_v<version>`.
 *
 * @param name lower-case letters, digits and underscores, at most 40
 * @throws ScorekeepError DEFINITION_INVALID for the name, version or back end, RULE_SET_INVALID with the path in the rule set
 */
export function projection(name: string, definition: ProjectionDefinition): Projection;
export function projection<State = FoldState>(
  name: string,
  definition: EventProjectionDefinition<State>,
): EventProjection<State>;
export function projection<State = FoldState>(
  name: string,
  definition: ScoreProjectionDefinition<State>,
): ScoreProjection<State>;
export function projection(
  name: string,
  definition: ProjectionDefinition | EventProjectionDefinition | ScoreProjectionDefinition,
): Projection | EventProjection | ScoreProjection {
  const { version = 1, backend = 'sql' } = definition;
  assertName('projection', name);
  if (!Number.isInteger(version) || version < 1 || version > 9999) {
    throw invalid(name, `version must be an integer from 1 to 9999, got ${String(version)}`);
  }
  if (backend !== 'sql' && backend !== 'js')
    throw invalid(name, `backend must be "sql" or "js", got ${String(backend)}`);
  const from = definition.from as typeof definition.from | undefined;
  if (from?.kind === 'events') return eventProjection(name, version, definition as EventProjectionDefinition);
  if (from?.kind === 'projection' || (from?.kind === 'table' && 'fold' in definition)) {
    return scoreProjection(name, version, definition as ScoreProjectionDefinition, (table, score) =>
      projection(`${name}_rows`, { from: table, score, version, backend }),
    );
  }
  if (from?.kind !== 'table') throw invalid(name, 'from must be a tableLog(…), an eventLog(…) or a projection(…)');
  const { score } = definition as ProjectionDefinition;
  const parsed = parseRuleSet(score);
  if (!parsed.ok) {
    throw new ScorekeepError(
      'RULE_SET_INVALID',
      `projection("${name}"): ${parsed.error.message}`,
      { projection: name, rule: parsed.error.code, path: parsed.error.path },
      { cause: parsed.error },
    );
  }
  return { kind: 'projection', name, version, from, score: parsed.ruleSet, backend };
}

/** Names become parts of table and queue names, so they are kept to what needs no quoting anywhere. */
export function assertName(what: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,39}$/.test(name)) {
    throw new ScorekeepError(
      'DEFINITION_INVALID',
      `A ${what} is named with a-z, 0-9 and _, beginning with a letter, at most 40 long; got ${JSON.stringify(name)}.`,
      { name },
    );
  }
}

const invalid = (name: string, message: string): ScorekeepError =>
  new ScorekeepError('DEFINITION_INVALID', `projection("${name}"): ${message}`, { projection: name });
