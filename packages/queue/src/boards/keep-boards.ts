import type { PrizeTable } from '@scorekeep/core/boards';
import type { Sql } from '../postgres/sql.ts';
import type { ClosedWindow } from './archive.ts';
import type { AwardedPrize, Claim } from './award-prizes.ts';
import type { Board } from './board.ts';
import type { Exclusion, ExclusionOptions } from './exclude.ts';
import type { ExportOptions } from './export-board.ts';
import type { Entry } from './read-board.ts';

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
  /**
   * Claims a prize, once: credit it in the same transaction `tx`, when the state is `claimed`. `subject` is the text that
   * {@link prizes} and {@link archive} show: they keep no type by which another spelling would be the same.
   */
  claimPrize(board: Board, window: string, subject: string | number, options: { tx: Sql }): Promise<Claim>;
  /** A board as lines of CSV or NDJSON, all of one moment: `for await`, or `Readable.from`. */
  exportBoard(board: Board, options: ExportOptions): AsyncIterable<string>;
}
