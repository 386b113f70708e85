import type { Sql } from '../postgres/sql.ts';

/**
 * What a slice does with its items, the one thing that {@link advance} does not know. A fold writes in the transaction
 * that it is given and nowhere else.
 */
export interface Fold {
  /** Whether it finds `stale` items at all. */
  readonly corrects: boolean;
  /** Called first in each transaction: takes what must not change under it. */
  lock(tx: Sql): Promise<void>;
  /** Scores the items of the window and writes all their effects. */
  apply(tx: Sql, wants: readonly Want[], window: Window): Promise<Applied>;
  /** The key of the last of the first `limit` items that `apply` would score; null when there are fewer than `limit`. */
  end(tx: Sql, wants: readonly Want[], window: Window, limit: number): Promise<readonly string[] | null>;
  /** Takes the items of the window out of the slice, each a job of its own in the same transaction; answers how many. */
  park(tx: Sql, wants: readonly Want[], window: Window): Promise<number>;
  /**
   * Those of `wants` that `apply` would find in the window. With a horizon everything that was there before it is known
   * to be scored, so that only what changed since has to be looked at.
   */
  left(tx: Sql, wants: readonly Want[], window: Window, horizon?: Horizon): Promise<readonly Want[]>;
}

/** A moment before which every committed row was seen, by the transactions that were not over then and by the clock. */
export interface Horizon {
  /** No row version of an older transaction can have appeared since. */
  readonly xid: string;
  /** A time with zone, as text. */
  readonly time: string;
}

/** Which items of a log a statement is about: a piece of it along the subject, and the rows of a scope in it. */
export interface Window {
  /** Subjects above this, as text; null for all from the start. */
  readonly lo: string | null;
  /** Subjects up to and including this; null for all to the end. */
  readonly hi: string | null;
  /** Only items after this one in (subject, key) order. */
  readonly after: readonly string[] | null;
  /** Only items up to and including this one. */
  readonly upTo: readonly string[] | null;
  /** Column to value, as text. */
  readonly scope: Readonly<Record<string, string>>;
  /** Nothing in it is thought to be scored: `apply` need not look, and throws a unique violation where that is wrong. */
  readonly fresh?: boolean;
}

/** Why an item is read: it has no score yet, its result was corrected since, or it was parked and is tried again. */
export type Want = 'new' | 'stale' | 'parked';

/** How many items a fold scored, and how many it refused for good, by reason code. */
export interface Applied {
  readonly scored: number;
  readonly rejected: number;
  readonly reasons: Reasons;
}

/** How many items were refused for which reason, by its code. */
export type Reasons = Readonly<Record<string, number>>;
