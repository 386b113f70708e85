import type pg from 'pg';
import { type BoardContext, boardsOf } from '../boards/boards-of.ts';
import type { ReadState } from '../event-projections/projections-of.ts';
import type { Sql } from '../postgres/sql.ts';
import type { KeepReplica, Stale } from './keep-replica.ts';
import { readStaleness, type Staleness } from './staleness.ts';

/** What reading from a standby needs. */
export interface ReplicaContext extends BoardContext {
  /** Connections to the standby; none where there is none. */
  readonly replica: pg.Pool | undefined;
  readonly readState: ReadState;
}

/** The part of the handle that reads from a standby, or, without one, from the primary. */
export function replicaOf({ replica, readState, ...context }: ReplicaContext): KeepReplica {
  const exports = replica ?? context.pool;
  const reader: Sql = replica ?? context.reader;
  const boards = boardsOf({ ...context, reader, exports });
  const staleness = async (): Promise<Staleness> =>
    replica === undefined ? { seconds: 0, bytes: 0 } : readStaleness(replica, context.pool);
  const stale = async <T>(read: () => Promise<T>): Promise<Stale<T>> => {
    const before = await staleness();
    return { value: await read(), staleness: before };
  };
  return {
    replica: {
      top: (board, options) => stale(() => boards.top(board, options)),
      around: (board, subject, options) => stale(() => boards.around(board, subject, options)),
      ranks: (board, subjects, options) => stale(() => boards.ranks(board, subjects, options)),
      state: (projection, subject) => stale(() => readState(reader, projection, subject)),
      exportBoard: (board, options) => boards.exportBoard(board, options),
      staleness,
    },
  };
}
