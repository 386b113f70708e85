import { type FoldSet, type ReducerColumns, RuleSetError, reducerColumns } from '@scorekeep/core/rules';
import type pg from 'pg';
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import type { EventLog } from '../log/event-log.ts';
import type { LoggedEvent } from '../log/read-log.ts';
import type { Backend } from '../projections/projection.ts';

/** A fold in JavaScript, for what the expression language does not say. It has one state per subject, kept as JSON. */
export interface StepFold<State, Item = LoggedEvent> {
  /** The state of a subject before its first event: JSON. */
  readonly initial: State;
  /**
   * The state after one more event. It computes and does nothing else, leaves the state that it is given as it is, and
   * answers JSON. An event that it throws for is parked.
   */
  step(state: State, event: Item): State;
}

/** Does whatever it likes with events in the transaction that counts them as done; nothing of it outlives a failure. */
export type Apply = (tx: pg.PoolClient, events: readonly LoggedEvent[]) => Promise<unknown>;

/** What a host writes to have the events of a log folded. See `projection`. */
export interface EventProjectionDefinition<State = unknown> {
  /** The log that is followed. */
  readonly from: EventLog;
  /** The types of events that it is about. Default: all of the log's. */
  readonly on?: readonly { readonly name: string }[];
  /** How the events of a subject become its state: as data, which runs in Postgres or here, or as a function. Or `apply`. */
  readonly fold?: FoldSet | StepFold<State>;
  /** Instead of a fold: the host's own statements. What they do is not rebuilt. */
  readonly apply?: Apply;
  /** Where a field of a `FoldSet` is found: `time`, `type`, `subject` or `data.some.path`. Default `data.<field>`. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Raise it when the fold changes: the new version is folded beside the old one. Default 1. */
  readonly version?: number;
  /** Where a `FoldSet` runs: inside Postgres (default), or in the worker, as it must where the log is `erasable`. */
  readonly backend?: Backend;
  /**
   * Whether a subject's events are applied only in their order, so that one that fails holds up those behind it, of its
   * subject and no other. Default false: one that fails is applied later by itself. A `FoldSet` comes to the same either way.
   */
  readonly ordered?: boolean;
  /** Projections over the same log that must have passed an event before this one is given it. */
  readonly after?: readonly EventProjection[];
  /** Most events of one shard in one transaction, 1 to 100 000. Default 1000. */
  readonly batch?: number;
}

/** A fold over an event log, under a name. Made by `projection`. */
export interface EventProjection<State = unknown> {
  readonly kind: 'event-projection';
  readonly name: string;
  readonly version: number;
  readonly from: EventLog;
  /** Names of types; null for all. */
  readonly on: readonly string[] | null;
  readonly fold: FoldSet | StepFold<State> | null;
  readonly apply: Apply | null;
  readonly paths: Readonly<Record<string, string>>;
  readonly backend: Backend;
  readonly ordered: boolean;
  readonly after: readonly EventProjection[];
  readonly batch: number;
}

/** Whether a fold is data. */
export const isFoldSet = (fold: FoldSet | StepFold<unknown> | null): fold is FoldSet =>
  fold !== null && 'reduce' in fold;

/** The part of `projection` that is about event logs; name and version are checked. */
export function eventProjection<State>(
  name: string,
  version: number,
  definition: EventProjectionDefinition<State>,
): EventProjection<State> {
  const { from, on, fold = null, apply = null, paths = {}, ordered = false, after = [], batch = 1_000 } = definition;
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `projection("${name}"): ${message}`, { projection: name });
  const { backend = from.erasable ? 'js' : 'sql' } = definition;
  if ((fold === null) === (apply === null)) throw invalid('pass either fold or apply');
  const unknown = on?.find((type) => !from.types.some((one) => one.name === type.name));
  if (unknown !== undefined) throw invalid(`on names "${unknown.name}", no type of the log "${from.name}"`);
  if (isFoldSet(fold)) {
    assertPaths(fold, paths, invalid);
    if (ordered) throw invalid('a FoldSet is commutative; ordered is for folds in JavaScript');
    if (backend === 'sql' && from.erasable) throw invalid(`the log "${from.name}" is sealed; use backend: "js"`);
    reducersOf(name, fold);
  } else if (fold !== null && typeof fold.step !== 'function') {
    throw invalid('fold must be a FoldSet, or have initial and step');
  }
  const other = after.find((one) => one.from.name !== from.name);
  if (other !== undefined)
    throw invalid(`after names "${other.name}", which follows another log, "${other.from.name}"`);
  assertNoCycle(name, version, after, invalid);
  assertLimit('batch', batch, 1, 100_000);
  const types = on?.map((type) => type.name) ?? null;
  return {
    kind: 'event-projection',
    name,
    version,
    from,
    on: types,
    fold,
    apply,
    paths,
    backend,
    ordered,
    after,
    batch,
  };
}

/** A projection with those that come before it. */
interface Ordered {
  readonly name: string;
  readonly version: number;
  readonly after: readonly Ordered[];
}

/** Of projections that wait for one another none would ever go on. */
export function assertNoCycle(
  name: string,
  version: number,
  after: readonly Ordered[],
  invalid: (message: string) => Error,
): void {
  const leadsBack = (one: Ordered): boolean =>
    (one.name === name && one.version === version) || one.after.some(leadsBack);
  const back = after.find(leadsBack);
  if (back !== undefined)
    throw invalid(`after names "${back.name}", which leads back to it: each would wait for the other`);
}

/** The reducers of a projection's fold. @throws ScorekeepError RULE_SET_INVALID with the path in the fold */
export function reducersOf(name: string, fold: FoldSet): ReadonlyMap<string, ReducerColumns> {
  try {
    return reducerColumns(fold);
  } catch (cause) {
    if (!(cause instanceof RuleSetError)) throw cause;
    const message = `projection("${name}"): ${cause.message}`;
    throw new ScorekeepError('RULE_SET_INVALID', message, { projection: name, path: cause.path }, { cause });
  }
}

/** Segments are identifiers, so that a path never means an element of a list. */
const PATH = /^(time|type|subject|data(\.[A-Za-z_]\w{0,62}){1,8})$/;

function assertPaths(
  fold: FoldSet,
  paths: Readonly<Record<string, string>>,
  invalid: (message: string) => Error,
): void {
  for (const [field, path] of Object.entries(paths)) {
    if (!Object.hasOwn(fold.fields, field)) throw invalid(`paths names "${field}", no field of the fold`);
    if (!PATH.test(path)) throw invalid(`paths.${field} must be time, type, subject or data.some.path, got "${path}"`);
  }
  for (const [field, { type }] of Object.entries(fold.fields)) {
    if (type === 'ints') throw invalid(`the field "${field}" is a vector, which events do not have yet`);
    const fixed = { time: 'int', type: 'text', subject: 'text' }[paths[field] ?? ''];
    if (fixed !== undefined && fixed !== type) throw invalid(`the field "${field}" must be of type ${fixed}`);
  }
}
