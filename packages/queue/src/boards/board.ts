import { type RankMethod, type Windowing, windowAt } from '@scorekeep/core/boards';
import type { RuleSet } from '@scorekeep/core/rules';
import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { type EventProjection, isFoldSet, reducersOf } from '../event-projections/event-projection.ts';
import { assertName, type Projection } from '../projections/projection.ts';
import type { Entry } from './read-board.ts';
import type { TimeColumn } from './stored-board.ts';

/** What boards rank: scores of items, or what is folded of events. */
type AnyProjection = Projection | EventProjection;

/** What a host writes to have scores ranked. See {@link board}. */
export interface BoardDefinition {
  /** The projection whose scores are ranked. */
  readonly of: AnyProjection;
  /** How an entrant's scores become one. Default, with `by`: as the reducer does it. */
  readonly add?: BoardOperator;
  /**
   * Over a fold of events: the reducer whose values are ranked, `sum`, `count` or `best`. Of a `best` with several values the
   * first is what counts and the others are its tie-breaks, `<name>.2` and so on, greater first.
   */
  readonly by?: string;
  /**
   * What decides between equal scores, first to last: ids of the rule set's tie-breaks. `subject` at the end orders
   * entrants that are still equal, so that every read shows them alike; it does not part them, they share a rank.
   */
  readonly ties?: readonly string[];
  /** How equal entrants are numbered. Default 1224. */
  readonly rank?: BoardRank;
  /**
   * The column that says when an item happened, of the log or `{ joined: … }` of the table that it is joined to: a time or a
   * date. Windows and `latest` need it; it counts as it is when the item is scored, so a change of it is a correction. Events
   * have a time of their own.
   */
  readonly at?: string | { readonly joined: string };
  /** Ranks each piece of time by itself. Default: all time is one. */
  readonly window?: Windowing;
  /** How long after its end a window is closed, in milliseconds, for what comes late. Default 0. */
  readonly closeAfter?: number;
  /**
   * Called once for each window, in the transaction that closes it: what it does there is done exactly once.
   *
   * @param entries the first {@link CLOSE_ENTRIES} of the board as the window ended
   * @param window its key
   */
  readonly onClose?: (tx: pg.PoolClient, entries: readonly Entry[], window: string) => Promise<unknown>;
}

/**
 * How an entrant's scores become one, in milli-points. `best` and `latest` are one score that happened, with its tie-breaks;
 * for all others the tie-breaks add up. Averages are rounded to the nearest thousandth of a point, halves away from zero.
 */
export type BoardOperator = 'sum' | 'best' | 'latest' | 'count' | 'average' | { readonly averageOfTop: number };

/** The numbering of equal entrants, named by its picture. */
export type BoardRank = RankMethod;

/** A ranking of subjects by their scores. Made by {@link board}. */
export interface Board {
  readonly kind: 'board';
  readonly name: string;
  readonly of: AnyProjection;
  readonly add: BoardOperator;
  readonly by: string | null;
  readonly ties: readonly TieBreak[];
  readonly rank: BoardRank;
  readonly at: TimeColumn | null;
  readonly window: Windowing | null;
  readonly closeAfter: number;
  readonly onClose: BoardDefinition['onClose'] | null;
}

/** One tie-break of a board: the id in the rule set, and its column in the score table. */
export interface TieBreak {
  readonly id: string;
  readonly column: string;
  readonly order: 'desc' | 'asc';
}

/**
 * Declares a leaderboard over a projection. It is kept up in the transactions that write the scores, so it is exact at
 * every moment; declared later than the first scores, it is built from them.
 *
 * @param name lower-case letters, digits and underscores, at most 40
 * @throws ScorekeepError DEFINITION_INVALID, naming the tie-break that the rule set does not have
 */
// Not generic, so that a board may be named in its own onClose.
export function board(name: string, definition: BoardDefinition): Board {
  const { of, rank = '1224', window = null, closeAfter = 0, onClose = null } = definition;
  assertName('board', name);
  const invalid = (message: string): ScorekeepError =>
    new ScorekeepError('DEFINITION_INVALID', `board("${name}"): ${message}`, { board: name });
  if (!['projection', 'event-projection'].includes((of as { kind?: string } | undefined)?.kind ?? '')) {
    throw invalid('of must be a projection(…)');
  }
  const { add, by, ties, at } =
    of.kind === 'projection' ? overScores(definition, of, invalid) : overEvents(definition, of, invalid);
  if (!['1224', '1334', '1223', 'fractional'].includes(rank)) {
    throw invalid(`rank must be 1224, 1334, 1223 or fractional, got ${String(rank)}`);
  }
  if (window !== null) assertWindow(window, invalid);
  if (at === null && (add === 'latest' || (window !== null && window.every !== 'all-time'))) {
    throw invalid('at is missing: name the column that says when an item happened');
  }
  if (!Number.isSafeInteger(closeAfter) || closeAfter < 0) {
    throw invalid(`closeAfter must be whole milliseconds, got ${String(closeAfter)}`);
  }
  if (onClose !== null && (window === null || window.every === 'all-time')) {
    throw invalid('onClose needs windows that end');
  }
  return {
    kind: 'board',
    name,
    of,
    add,
    by,
    ties,
    rank,
    at,
    window,
    closeAfter,
    onClose,
  };
}

/** Most entries that {@link BoardDefinition.onClose} is given; the archive has all. */
export const CLOSE_ENTRIES = 10_000;

/** Most runs that an average of the best counts. */
const TOP_MAX = 1000;

type Invalid = (message: string) => ScorekeepError;

type Ranked = Pick<Board, 'add' | 'by' | 'ties' | 'at'>;

function overScores({ add, by, ties = [], at }: BoardDefinition, of: Projection, invalid: Invalid): Ranked {
  if (by !== undefined) throw invalid('by is for folds of events');
  assertOperator(add, invalid);
  return { add, by: null, ties: tieBreaks(ties, of.score, invalid), at: timeColumn(at, of, invalid) };
}

/** The values of one reducer are ranked; events are not stored as scores, so nothing can be picked from them again later. */
function overEvents(definition: BoardDefinition, of: EventProjection, invalid: Invalid): Ranked {
  if (!isFoldSet(of.fold)) throw invalid(`"${of.name}" must fold by a FoldSet to be ranked`);
  if (of.from.erasable) throw invalid(`the log "${of.from.name}" is sealed, and boards are kept up inside Postgres`);
  if (definition.at !== undefined) throw invalid('events have a time of their own, so at is not needed');
  const reducers = reducersOf(of.name, of.fold);
  const by = definition.by ?? '';
  const reducer = reducers.get(by);
  if (reducer === undefined) throw invalid(`by must be one of ${[...reducers.keys()].join(', ')}, got "${by}"`);
  if (reducer.kind === 'latest') throw invalid(`by: "${by}" is a latest; rank a best or a sum with add: "latest"`);
  const { add = reducer.kind } = definition;
  assertOperator(add, invalid);
  if (typeof add === 'object') throw invalid('averageOfTop needs stored scores, which a fold of events does not have');
  const own = reducer.columns.slice(1).map((column, i): TieBreak => ({ id: `${by}.${i + 2}`, column, order: 'desc' }));
  const ties = (definition.ties ?? own.map(({ id }) => id)).filter((id) => id !== 'subject');
  return {
    add,
    by,
    at: { from: 'log', column: 'occurred_at' },
    ties: ties.map((id) => {
      const tie = own.find((one) => one.id === id);
      if (tie !== undefined) return tie;
      throw invalid(`"${by}" has no tie-break "${id}"; it has ${own.map((one) => one.id).join(', ') || 'none'}`);
    }),
  };
}

function assertOperator(add: BoardOperator | undefined, invalid: Invalid): asserts add is BoardOperator {
  if (typeof add === 'object' && add !== null) {
    const n = add.averageOfTop;
    if (Number.isInteger(n) && n >= 1 && n <= TOP_MAX) return;
    throw invalid(`averageOfTop must be an integer from 1 to ${TOP_MAX}, got ${String(n)}`);
  }
  if (add === undefined || !['sum', 'best', 'latest', 'count', 'average'].includes(String(add))) {
    throw invalid(`add must be sum, best, latest, count, average or { averageOfTop }, got ${String(add)}`);
  }
}

function tieBreaks(ties: readonly string[], { id: ruleSet, tieBreak = [] }: RuleSet, invalid: Invalid): TieBreak[] {
  return ties.flatMap((id, index): TieBreak[] => {
    if (id === 'subject') {
      if (index !== ties.length - 1) throw invalid('"subject" can only come last in ties');
      return [];
    }
    const at = tieBreak.findIndex((tie) => tie.id === id);
    if (at === -1) {
      const names = tieBreak.map((tie) => tie.id).join(', ') || 'none';
      throw invalid(`the rule set "${ruleSet}" has no tie-break "${id}"; it has ${names}`);
    }
    return [{ id, column: `tie_${at + 1}`, order: tieBreak[at]?.order ?? 'desc' }];
  });
}

/** The column that says when an item of a projection happened. */
export function timeColumn(at: BoardDefinition['at'], { from }: Projection, invalid: Invalid): TimeColumn | null {
  if (at === undefined) return null;
  const column = typeof at === 'string' ? at : at.joined;
  if (typeof column !== 'string' || column === '') throw invalid('at must name a column');
  if (typeof at !== 'string' && from.join === null) throw invalid('at names a joined column, and the log has no join');
  return { from: typeof at === 'string' ? 'log' : 'join', column };
}

function assertWindow(window: Windowing, invalid: Invalid): void {
  try {
    windowAt(window, 0);
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (window.every === 'tournament' && window.id.length > 100)
    throw invalid('the id of a tournament is at most 100 long');
  if ('timeZone' in window && !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(window.timeZone)) {
    throw invalid(`the time zone must have an IANA name, got ${JSON.stringify(window.timeZone)}`);
  }
}
