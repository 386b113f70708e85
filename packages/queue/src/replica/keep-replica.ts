import type { Board } from '../boards/board.ts';
import type { ExportOptions } from '../boards/export-board.ts';
import type { KeepBoards } from '../boards/keep-boards.ts';
import type { Entry } from '../boards/read-board.ts';
import type { FoldingProjection } from '../event-projections/keep-projections.ts';
import type { Staleness } from './staleness.ts';

/** The part of the handle that reads from a standby. */
export interface KeepReplica {
  /** Reads from `readUrl`, each with how stale it is; without a `readUrl` from the primary, never stale. */
  readonly replica: ReplicaMethods;
}

export interface ReplicaMethods {
  /** As `top` of the handle. */
  top(board: Board, options?: Parameters<KeepBoards['top']>[1]): Promise<Stale<Entry[]>>;
  /** As `around` of the handle. */
  around(
    board: Board,
    subject: string | number,
    options?: Parameters<KeepBoards['around']>[2],
  ): Promise<Stale<Entry[]>>;
  /** As `ranks` of the handle. */
  ranks(
    board: Board,
    subjects: readonly (string | number)[],
    options?: Parameters<KeepBoards['ranks']>[2],
  ): Promise<Stale<Entry[]>>;
  /** As `projections.state` of the handle. */
  state<State>(projection: FoldingProjection<State>, subject: string | number): Promise<Stale<State | undefined>>;
  /** As `exportBoard` of the handle; ask for the {@link staleness} before. */
  exportBoard(board: Board, options: ExportOptions): AsyncIterable<string>;
  /** How stale a read would be that began now. */
  staleness(): Promise<Staleness>;
}

/** What was read, and how stale it was at most when the read began. */
export interface Stale<T> {
  readonly value: T;
  readonly staleness: Staleness;
}
