import type { PrizeTable } from '@scorekeep/core/boards';
import { windowAt } from '@scorekeep/core/boards';
import type pg from 'pg';
import { ScorekeepError } from '../errors.ts';
import { isNoValue, sqlState } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { type Registered, standingOf } from '../projections/register.ts';
import { type ClosedWindow, readArchive, readClosedWindows } from './archive.ts';
import { type AwardedPrize, awardPrizes, type Claim, claimPrize, readPrizes } from './award-prizes.ts';
import type { Board } from './board.ts';
import { closeWindows } from './close-windows.ts';
import { type Exclusion, type ExclusionOptions, excludeSubject, readExclusions, readmitSubject } from './exclude.ts';
import { type ExportOptions, exportBoard } from './export-board.ts';
import { buildHistogram, isOvergrown } from './histogram.ts';
import { type Entry, type Reading, readAround, readSubjects, readTop } from './read-board.ts';
import { liveStanding, lockProjection } from './register-board.ts';
import type { Standing } from './stored-board.ts';

/** What a host does with boards. A subject that is not on a board is no error: the answer is empty. */
export interface KeepBoards {
  /**
   * The first lines of a board, or those after a subject's, for the next page. `limit` from 1 to 10 000, default 10.
   * `window` is the key of a window; default the one that it is now.
   */
  top(board: Board, options?: { limit?: number; after?: string | number; window?: string }): Promise<Entry[]>;
  /** A subject's line and those around it; empty when it is not on the board. Default 5 above and 5 below. */
  around(
    board: Board,
    subject: string | number,
    options?: { above?: number; below?: number; window?: string },
  ): Promise<Entry[]>;
  /** The lines of these subjects, such as friends, at most 1000, with their ranks on the whole board, best first. */
  ranks(board: Board, subjects: readonly (string | number)[], options?: { window?: string }): Promise<Entry[]>;
  /**
   * Takes a subject off a board and all its windows, as for a cheat: the others move up at once. Its scores stay, and who
   * did it and why is kept. False when it was off already.
   */
  exclude(board: Board, subject: string | number, options: ExclusionOptions): Promise<boolean>;
  /** Puts a subject back on a board with the points that it has by now. False when it was not off. */
  readmit(board: Board, subject: string | number, options: { by: string }): Promise<boolean>;
  /** Who was taken off a board, and put back; the latest 1000. */
  exclusions(board: Board): Promise<Exclusion[]>;
  /** Closes the windows that have ended, as workers do by themselves; answers the keys of those that this call closed. */
  closeWindows(board: Board): Promise<string[]>;
  /** The windows that are closed, the latest 1000. */
  closedWindows(board: Board): Promise<ClosedWindow[]>;
  /** A closed window's ranking as it ended, `after` so many lines. `limit` from 1 to 10 000, default 10. */
  archive(board: Board, window: string, options?: { limit?: number; after?: number }): Promise<Entry[]>;
  /** Pays a pool out over a closed window. The first call decides, and calling it again answers the same prizes. */
  awardPrizes(board: Board, window: string, table: PrizeTable, options?: { tx?: Sql }): Promise<AwardedPrize[]>;
  /** The prizes of a window, best first, with when they were claimed. */
  prizes(board: Board, window: string): Promise<AwardedPrize[]>;
  /** Claims a prize, once: credit it in the same transaction `tx`, when the state is `claimed`. */
  claimPrize(board: Board, window: string, subject: string | number, options: { tx: Sql }): Promise<Claim>;
  /** A board as lines of CSV or NDJSON, all of one moment: `for await`, or `Readable.from`. */
  exportBoard(board: Board, options: ExportOptions): AsyncIterable<string>;
}

/** What the methods of {@link KeepBoards} stand on. */
export interface BoardContext {
  readonly pool: pg.Pool;
  /** The same, for statements that come again and again. */
  readonly reader: Sql;
  readonly schema: string;
  /** Makes a board known if it is not yet, and answers its projection. */
  readonly know: (board: Board) => Promise<Registered>;
}

/** The part of the handle that reads, closes and pays boards. */
export function boardsOf({ pool, reader, schema, know }: BoardContext): KeepBoards {
  const quoted = quote(schema);
  const live = async (board: Board): Promise<{ standing: Standing; subjectType: string; projection: number }> => {
    const { id, target } = await know(board);
    return {
      standing: await liveStanding(pool, schema, board, id),
      subjectType: target.table.subject.type,
      projection: id,
    };
  };
  const seen = new WeakMap<Board, Reading>();
  /** Reads with the standing that was seen last; when nothing is found, looks whether the board has been switched since. */
  const read = async (
    board: Board,
    asked: string | undefined,
    work: (sql: Sql, reading: Reading) => Promise<Entry[]>,
  ): Promise<Entry[]> => {
    const window = asked ?? (await currentWindow(reader, board));
    const before = seen.get(board);
    const lines = before === undefined ? [] : await work(reader, { ...before, window }).catch(noneIfSwitched);
    if (lines.length > 0) return lines;
    const { standing, subjectType } = await live(board);
    const reading = { standing, subjectType, rank: board.rank, window };
    seen.set(board, reading);
    return before?.standing.id === standing.id ? [] : work(reader, reading);
  };
  /** What no slice may write beside. */
  const alone = async (board: Board, work: (tx: Sql, standing: Standing, type: string) => Promise<boolean>) => {
    const { projection } = await live(board);
    return transaction(pool, async (tx) => {
      await lockProjection(tx, projection);
      const { standing, subjectType } = await live(board);
      return work(tx, standing, subjectType);
    }).catch((error: unknown) => {
      if (isNoValue(error)) return false;
      throw error;
    });
  };
  const within = <T>(tx: Sql | undefined, work: (tx: Sql) => Promise<T>): Promise<T> =>
    tx === undefined ? transaction(pool, work) : work(tx);

  return {
    async top(board, { limit = 10, after, window } = {}) {
      assertLimit('limit', limit, 1, LINES_MAX);
      const last = after === undefined ? undefined : String(after);
      return read(board, window, (sql, reading) => readTop(sql, reading, limit, last));
    },
    async around(board, subject, { above = 5, below = 5, window } = {}) {
      assertLimit('above', above, 0, LINES_MAX);
      assertLimit('below', below, 0, LINES_MAX);
      return read(board, window, (sql, reading) => readAround(sql, reading, String(subject), { above, below }));
    },
    async ranks(board, subjects, { window } = {}) {
      assertLimit('subjects.length', subjects.length, 0, SUBJECTS_MAX);
      return read(board, window, (sql, reading) => readSubjects(sql, reading, subjects.map(String)));
    },
    async exclude(board, subject, options) {
      assertText('by', options.by, 200);
      assertText('reason', options.reason, 1000);
      return alone(board, (tx, standing, type) => excludeSubject(tx, standing, type, String(subject), options));
    },
    async readmit(board, subject, { by }) {
      assertText('by', by, 200);
      return alone(board, (tx, standing, type) => readmitSubject(tx, standing, type, String(subject), by));
    },
    exclusions: (board) => readExclusions(pool, quoted, board.name, LATEST),
    async closeWindows(board) {
      return closeWindows(pool, board, (await live(board)).standing);
    },
    closedWindows: (board) => readClosedWindows(pool, quoted, board.name, LATEST),
    async archive(board, window, { limit = 10, after = 0 } = {}) {
      assertLimit('limit', limit, 1, LINES_MAX);
      assertLimit('after', after, 0, Number.MAX_SAFE_INTEGER);
      return readArchive(pool, quoted, board.name, window, limit, after);
    },
    awardPrizes: (board, window, table, { tx } = {}) =>
      within(tx, (sql) => awardPrizes(sql, quoted, board.name, window, table)),
    prizes: (board, window) => readPrizes(pool, quoted, board.name, window),
    claimPrize: (board, window, subject, { tx }) => claimPrize(tx, quoted, board.name, window, String(subject)),
    async *exportBoard(board, options) {
      if (options.format !== 'csv' && options.format !== 'ndjson') {
        throw invalid(`format must be "csv" or "ndjson", got ${String(options.format)}`);
      }
      await live(board);
      yield* exportBoard(pool, quoted, board, options);
    },
  };
}

/** Cuts the buckets of a projection's boards anew where they have outgrown their bounds. Slices wait for it. */
export async function splitBuckets(pool: pg.Pool, schema: string, projection: number): Promise<void> {
  const standings = async (sql: Sql): Promise<Standing[]> => {
    const { rows } = await sql.query(`select id, name, definition from ${quote(schema)}.board where projection = $1`, [
      projection,
    ]);
    return rows.map((row) => standingOf(schema, row as unknown as Standing));
  };
  for (const { id } of await standings(pool)) {
    const overgrown = async (sql: Sql): Promise<Standing | undefined> => {
      const standing = (await standings(sql)).find((one) => one.id === id);
      return standing !== undefined && (await isOvergrown(sql, standing)) ? standing : undefined;
    };
    if ((await overgrown(pool)) === undefined) continue;
    await transaction(pool, async (tx) => {
      await lockProjection(tx, projection);
      const standing = await overgrown(tx);
      if (standing !== undefined) await buildHistogram(tx, standing);
    });
  }
}

/** Most lines of a board in one answer. */
export const LINES_MAX = 10_000;

/** Most subjects whose ranks are asked for at once. */
const SUBJECTS_MAX = 1000;

/** How many windows and exclusions are listed. */
const LATEST = 1000;

/** The window that it is now, by the database's clock; the one that a tournament is, before and after it too. */
async function currentWindow(sql: Sql, { window }: Board): Promise<string> {
  if (window === null || window.every === 'all-time') return 'all-time';
  if (window.every === 'tournament') return window.id;
  const { rows } = await sql.query(`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`);
  return windowAt(window, integer(rows[0], 'now'))?.key ?? '';
}

/** A board that was switched has a table with other columns, or for a moment none. */
function noneIfSwitched(error: unknown): Entry[] {
  if (['42P01', '42703', '0A000'].includes(sqlState(error) ?? '')) return [];
  throw error;
}

const invalid = (message: string, fields: Record<string, unknown> = {}): ScorekeepError =>
  new ScorekeepError('DEFINITION_INVALID', message, fields);

/** @throws ScorekeepError DEFINITION_INVALID */
export function assertLimit(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalid(`${name} must be an integer from ${least} to ${most}, got ${String(value)}`, { name, value });
}

function assertText(name: string, value: string, most: number): void {
  if (typeof value === 'string' && value.length >= 1 && value.length <= most && !value.includes('\0')) return;
  throw invalid(`${name} must be a text of 1 to ${most} characters`, { name });
}
