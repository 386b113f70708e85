import { windowAt } from '@scorekeep/core/boards';
import type pg from 'pg';
import { assertLimit } from '../assert-limit.ts';
import { ScorekeepError } from '../errors.ts';
import { isNoValue, sqlState } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Sql } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import { readArchive, readClosedWindows } from './archive.ts';
import { awardPrizes, claimPrize, readPrizes } from './award-prizes.ts';
import type { Board } from './board.ts';
import { closeWindows } from './close-windows.ts';
import { excludeSubject, readExclusions, readmitSubject } from './exclude.ts';
import { exportBoard } from './export-board.ts';
import type { KeepBoards } from './keep-boards.ts';
import { type Entry, type Reading, readAround, readSubjects, readTop } from './read-board.ts';
import { liveStanding, lockProjection } from './register-board.ts';
import type { BoardSource } from './standing-table.ts';
import type { Standing, Subject } from './stored-board.ts';

/** What the methods of {@link KeepBoards} stand on. */
export interface BoardContext {
  readonly pool: pg.Pool;
  /** The same, for statements that come again and again. */
  readonly reader: Sql;
  /** Where whole boards are read from; the same pool by default. */
  readonly exports?: pg.Pool;
  readonly schema: string;
  /** Makes a board known if it is not yet, and answers its projection. */
  readonly know: (board: Board) => Promise<BoardSource>;
}

/** The part of the handle that reads, closes and pays boards. */
export function boardsOf({ pool, reader, exports = pool, schema, know }: BoardContext): KeepBoards {
  const quoted = quote(schema);
  const live = async (board: Board): Promise<{ standing: Standing; subjectType: string }> => {
    const { id, target } = await know(board);
    return {
      standing: await liveStanding(pool, schema, board, id),
      subjectType: target.table.subject.type,
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
  const alone = async (board: Board, work: (tx: Sql, standing: Standing, column: Subject) => Promise<boolean>) => {
    const { id, target } = await know(board);
    return transaction(pool, async (tx) => {
      await lockProjection(tx, id);
      return work(tx, await liveStanding(tx, schema, board, id), target.table.subject);
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
      return alone(board, (tx, standing, column) => excludeSubject(tx, standing, column, String(subject), options));
    },
    async readmit(board, subject, { by }) {
      assertText('by', by, 200);
      return alone(board, (tx, standing, column) => readmitSubject(tx, standing, column, String(subject), by));
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
        throw new ScorekeepError(
          'DEFINITION_INVALID',
          `format must be "csv" or "ndjson", got ${String(options.format)}`,
        );
      }
      await live(board);
      yield* exportBoard(exports, quoted, board, options);
    },
  };
}

/** Most lines of a board in one answer. */
const LINES_MAX = 10_000;

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

function assertText(name: string, value: string, most: number): void {
  if (typeof value === 'string' && value.length >= 1 && value.length <= most && !value.includes('\0')) return;
  throw new ScorekeepError('DEFINITION_INVALID', `${name} must be a text of 1 to ${most} characters`, { name });
}
