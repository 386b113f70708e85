import type { Windowing } from '@scorekeep/core/boards';
import type { Column } from '../tables/inspect-table.ts';
import type { BoardOperator, TieBreak } from './board.ts';

/** What is kept of a board, and makes it the same board again. Optional parts are left out, not null. */
export interface StoredBoard {
  readonly add: BoardOperator;
  readonly ties: readonly TieBreak[];
  /** The reducer whose values are ranked, of a fold over events. */
  readonly by?: string;
  readonly at?: TimeColumn;
  readonly window?: Windowing;
  /** The column of its places, where that is the score itself: of a board without ties, but for those of older releases. */
  readonly place?: 'total';
  /** No board, but a projection over the scores, by its number: their subjects are marked, to be folded again. */
  readonly marks?: number;
}

/** The column that says when an item happened: of the log, or of the table that it is joined to. */
export interface TimeColumn {
  readonly from: 'log' | 'join';
  readonly column: string;
}

/** A board as statements need it. */
export interface Standing {
  readonly id: number;
  readonly name: string;
  /** The table of its standings, quoted and qualified. */
  readonly table: string;
  /** The schema that it is in, quoted. */
  readonly schema: string;
  readonly definition: StoredBoard;
}

/** The column of the subjects that are ranked. */
export type Subject = Pick<Column, 'type' | 'collate'>;

/** A condition on a standing `alias`: it is on the board. */
export const listed = (alias: string): string => `(${alias}.scored > 0 and not ${alias}.excluded)`;

/** The key of the one window of a board that has no windows. */
export const ALL_TIME = 'all-time';

/** How runs of a subject are reduced: added up (a correction is a difference), or one or some of them picked; or not here. */
export function kindOf({ add, marks }: StoredBoard): 'sums' | 'run' | 'top' | 'marks' {
  if (marks !== undefined) return 'marks';
  if (add === 'best' || add === 'latest') return 'run';
  return typeof add === 'object' ? 'top' : 'sums';
}

/** Whether a correction is more than a difference: then the subjects that it touches are computed again from their scores. */
export function recomputes(definition: StoredBoard, want: 'new' | 'stale' | 'parked'): boolean {
  const kind = kindOf(definition);
  if (kind === 'marks') return false;
  return kind === 'top' || (want !== 'new' && (kind === 'run' || definition.window !== undefined));
}

/** Columns that a standing stores beside its key: what is added up or picked. */
export function valueColumns({ add, ties }: StoredBoard): readonly string[] {
  const own =
    add === 'average' || typeof add === 'object' ? ['milli_sum', 'counted'] : add === 'count' ? [] : ['total'];
  return [...own, ...ties.map((tie) => tie.column)];
}

/** The score in milli-points, from the value columns as `column` writes them. */
export function totalSql({ add }: StoredBoard, column: (name: string) => string): string {
  if (add === 'count') return `(${column('scored')} * 1000)`;
  if (add !== 'average' && typeof add !== 'object') return column('total');
  const [sum, n] = [column('milli_sum'), column('counted')];
  // To the nearest thousandth of a point, halves away from zero. Nothing divided is no average.
  return `(case when ${n} = 0 then 0 else sign(${sum})::bigint * ((2 * abs(${sum}) + ${n}) / (2 * ${n})) end)`;
}

/**
 * One number that orders entrants as the score and the first tie-break do, as far as that one stays within 0 to 1023: the
 * histogram and the index are over it. It is coarser than the order, never against it.
 */
export function placeSql(definition: StoredBoard, column: (name: string) => string): string {
  const total = totalSql(definition, column);
  const [first] = definition.ties;
  if (first === undefined) return total;
  const within = `least(greatest(${column(first.column)}, 0), 1023)`;
  return `(${total} * 1024 + ${first.order === 'desc' ? within : `1023 - ${within}`})`;
}

/** The column with what {@link placeSql} says. */
export const placeOf = ({ place }: StoredBoard): 'total' | 'place' => place ?? 'place';

/** The columns that order a board, best first; the subject is not among them. Equal places are equal scores. */
export function sortColumns(definition: StoredBoard): readonly { column: string; order: 'desc' | 'asc' }[] {
  const ties = definition.ties.map(({ column, order }) => ({ column, order }));
  return [{ column: placeOf(definition), order: 'desc' }, ...ties];
}

/** The numbers that a line of a board is made of, those that order it among them. */
export const shownColumns = (definition: StoredBoard): readonly string[] => [
  ...new Set(['total', 'scored', ...sortColumns(definition).map(({ column }) => column)]),
];

/** The key columns of a standing: the subject, and the window where there are windows. */
export const keyColumns = (definition: StoredBoard): readonly string[] =>
  definition.window === undefined ? ['subject'] : ['subject', 'window_key'];

/** The window of a standing `alias`. */
export const windowOf = (definition: StoredBoard, alias: string): string =>
  definition.window === undefined ? `'${ALL_TIME}'` : `${alias}.window_key`;
