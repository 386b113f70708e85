import type pg from 'pg';
import type { LoggedEvent } from '../log/read-log.ts';
import type { RegisteredLog } from '../log/register-log.ts';
import { type Apply, type EventProjection, isFoldSet, type StepFold } from './event-projection.ts';
import { jsFold, sqlFold } from './fold-set.ts';
import type { Following } from './following.ts';
import type { Piece, ReadEvents, Unapplied } from './pieces.ts';
import { stepFold } from './step-fold.ts';

/** What is done with events, the one thing that a step does not know. */
export interface EventFold {
  /** The columns of a build's table behind its key, `subject`; null where the host has tables of its own. */
  readonly columns: readonly string[] | null;
  /**
   * Applies the events of pieces to a build's table.
   *
   * @param read reads their events, where they are needed here
   * @param blocked subjects whose events have to wait
   * @returns the events that were not applied; when it throws, nobody knows which, and all is to be undone
   */
  apply(
    tx: pg.PoolClient,
    table: string,
    pieces: readonly Piece[],
    read: ReadEvents,
    blocked: ReadonlySet<string>,
  ): Promise<readonly Unapplied[]>;
}

/** The fold of a projection. */
export function eventFold(projection: EventProjection, log: RegisteredLog, sql: Following['sql']): EventFold {
  const { fold, apply, backend } = projection;
  if (apply !== null) return hostFold(apply);
  if (isFoldSet(fold)) return backend === 'sql' ? sqlFold(projection, log, fold, sql) : jsFold(projection, fold);
  return stepFold(projection, fold as StepFold<unknown>);
}

function hostFold(apply: Apply): EventFold {
  return {
    columns: null,
    async apply(tx, _, pieces, read, blocked) {
      const events = await read(pieces);
      const free = events.filter(({ subject }) => !blocked.has(subject));
      if (free.length > 0) await apply(tx, free);
      return events.filter(({ subject }) => blocked.has(subject)).map((event) => unapplied(event, null));
    },
  };
}

/** An event that was not applied, and why. */
export const unapplied = ({ shard, position, subject }: LoggedEvent, code: string | null): Unapplied => ({
  shard,
  position,
  subject,
  code,
});
