import type pg from 'pg';
import type { RegisteredLog } from '../log/register-log.ts';
import type { Sql } from '../postgres/sql.ts';
import type { EventFold } from './event-fold.ts';
import type { EventProjection } from './event-projection.ts';

/** An event projection that the database knows, as this process follows it. */
export interface Following {
  readonly id: number;
  /** Name and version: `play_v1`. */
  readonly label: string;
  readonly projection: EventProjection;
  readonly log: RegisteredLog;
  readonly pool: pg.Pool;
  /** A connection, or all of a pool, for statements that come again and again. */
  readonly sql: (on: pg.Pool | pg.ClientBase) => Sql;
  readonly schemaName: string;
  /** The same, quoted. */
  readonly schema: string;
  /** The projections that must have passed an event first. */
  readonly after: readonly number[];
  readonly fold: EventFold;
  /** Makes a job for each of these parked events. */
  readonly dispatch: (tx: Sql, references: readonly (readonly string[])[]) => Promise<void>;
}
