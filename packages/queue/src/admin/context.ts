import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { ScorekeepError } from '../errors.ts';
import type { FoldingProjection } from '../event-projections/keep-projections.ts';
import type { Keep } from '../keep.ts';
import type { Projection } from '../projections/projection.ts';

/** What administration needs of a connection and nobody else gets. */
export interface AdminContext {
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly boss: PgBoss;
  /** The name and version of a projection as its queues have them. */
  readonly labelOf: (projection: Projection | FoldingProjection) => Promise<string>;
}

const contexts = new WeakMap<Keep, AdminContext>();

/** Called once for each connection. */
export function admit(keep: Keep, context: AdminContext): Keep {
  contexts.set(keep, context);
  return keep;
}

/** @throws ScorekeepError DEFINITION_INVALID for what `connect` did not answer */
export function contextOf(keep: Keep): AdminContext {
  const context = contexts.get(keep);
  if (context === undefined) {
    throw new ScorekeepError('DEFINITION_INVALID', 'createAdmin(): pass the connection that connect() answered.');
  }
  return context;
}
