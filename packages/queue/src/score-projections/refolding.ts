import type pg from 'pg';
import type { Sql } from '../postgres/sql.ts';
import type { Registered } from '../projections/register.ts';
import type { ItemFolds } from './item-folds.ts';
import type { ScoreProjection } from './score-projection.ts';

/** A projection over scores that the database knows, as this process follows it. */
export interface Refolding {
  readonly id: number;
  /** Name and version: `form_v1`. */
  readonly label: string;
  readonly projection: ScoreProjection;
  /** The scores that it folds. */
  readonly source: Registered;
  /** The projections that must have folded what is new of a subject first. */
  readonly after: readonly Refolding[];
  readonly pool: pg.Pool;
  readonly schemaName: string;
  /** The same, quoted. */
  readonly schema: string;
  readonly fold: ItemFolds;
  /** Makes a job for each of these subjects of builds that were put aside. */
  readonly dispatch: (tx: Sql, references: readonly (readonly string[])[]) => Promise<void>;
  /** Deletes the jobs and the dead letters of these, but for jobs that are under way. */
  readonly withdraw: (tx: Sql, references: readonly (readonly string[])[]) => Promise<void>;
}
