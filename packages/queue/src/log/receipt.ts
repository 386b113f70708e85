import type { Doubt, Rejection } from '@scorekeep/core/events';

/**
 * What became of one event, told after it was committed.
 * - `accepted`: it is in the log, at this position of this shard.
 * - `duplicate`: the same event is in the log already, or was accepted a moment before in the same request. Also the
 *   answer when the connection broke during the commit and asking again found it there.
 * - `conflict`: another event of this id came first, in the log or in the same request; this one is not in the log.
 * - `late`: its time-ordered id is older than the log remembers ids, so it cannot be told from a duplicate; it is not in the log.
 * - `quarantined`: it is kept aside for somebody to look at, and not in the log until released.
 * - `rejected`: it is nowhere, and sending it again will not help.
 */
export type EventReceipt =
  | { readonly status: 'accepted'; readonly id: string; readonly shard: number; readonly position: number }
  | { readonly status: 'duplicate' | 'conflict' | 'late'; readonly id: string }
  | { readonly status: 'quarantined'; readonly id: string; readonly reasons: readonly Doubt[] }
  | { readonly status: 'rejected'; readonly id: string | undefined; readonly reason: Rejection | Refusal };

/** A rejection that comes from the log and not from the event alone. */
export interface Refusal {
  readonly code: /** Its subject has been erased. */
    | 'erased'
    /** Postgres cannot store it; the path is the SQLSTATE. */
    | 'database';
  readonly path: string;
  readonly message: string;
}

/** The answer to events of a subject that has been erased. */
export const ERASED: Refusal = {
  code: 'erased',
  path: 'subject',
  message: 'The subject has been erased; nothing more is kept of it.',
};
