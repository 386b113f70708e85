import type pg from 'pg';
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
  readonly pool: pg.Pool;
  readonly schemaName: string;
  /** The same, quoted. */
  readonly schema: string;
  readonly fold: ItemFolds;
}
