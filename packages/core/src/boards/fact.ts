import { shown } from '../text/shown.ts';
import { BoardError } from './board-error.ts';

/** One thing that counts on a board: a run of a game, a scored prediction. Identified by subject and id. */
export interface BoardFact {
  /** Whose it is. */
  readonly subject: string;
  /** Tells this fact from the subject's others: the match, the run. */
  readonly id: string;
  /** A correction is the same fact with a higher revision; the highest counts. Default 0. */
  readonly revision?: number;
  /** When it happened, in epoch milliseconds. Only windows, `latest`, `decay` and `reached` need it. */
  readonly at?: number;
  /** Column to value, whole numbers such as milli-points; null takes the fact back. */
  readonly values: Readonly<Record<string, number>> | null;
}

/**
 * @param columns the columns that each fact must have
 * @param timed whether each fact must have its time
 * @throws BoardError FACT_INVALID, naming subject and id
 */
export function assertFact(fact: BoardFact, columns: readonly string[], timed: boolean): void {
  const { subject, id, revision = 0, at, values } = fact;
  const invalid = (message: string, value: unknown): BoardError =>
    new BoardError('FACT_INVALID', `Fact ${shown(id)} of ${shown(subject)}: ${message}`, value);
  if (typeof subject !== 'string' || subject === '') throw invalid('subject must be a text that is not empty', subject);
  if (typeof id !== 'string' || id === '') throw invalid('id must be a text that is not empty', id);
  if (!Number.isSafeInteger(revision))
    throw invalid(`revision must be a whole number, got ${shown(revision)}`, revision);
  if (at !== undefined && !Number.isSafeInteger(at)) {
    throw invalid(`at must be whole epoch milliseconds, got ${shown(at)}`, at);
  }
  if (values === null) return;
  if (timed && at === undefined) throw invalid('at is missing, and the board needs the time of each fact', at);
  for (const column of columns) {
    const value = Object.hasOwn(values, column) ? values[column] : undefined;
    if (!Number.isSafeInteger(value)) throw invalid(`${column} must be a whole number, got ${shown(value)}`, value);
  }
}

/** Whether two facts say the same; the order of their columns does not matter. */
export function sameFact(a: BoardFact, b: BoardFact): boolean {
  if (a.at !== b.at || (a.values === null) !== (b.values === null)) return false;
  const [mine, theirs] = [a.values ?? {}, b.values ?? {}];
  const names = Object.keys(mine);
  return names.length === Object.keys(theirs).length && names.every((name) => mine[name] === theirs[name]);
}

/** Texts in the order of their code units, the same on every machine. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
