import type { EventLog } from './event-log.ts';
import type { LoggedEvent, ShardRange } from './read-log.ts';
import type { Receipt } from './receipt.ts';

/** What a host does with its event logs. */
export interface KeepLog {
  /**
   * Takes events: one, a list, or the text of a request. Answers when they are committed: a receipt for each, in order.
   * Nothing that is sent makes it throw.
   *
   * @throws ScorekeepError UNAVAILABLE when the log takes nothing at the moment: answer 503 with `fields.retryAfter`
   */
  ingest(log: EventLog, input: unknown): Promise<readonly Receipt[]>;
  /** Reads events of one shard by position: going on after the last position misses nothing. */
  readLog(log: EventLog, range: ShardRange): Promise<LoggedEvent[]>;
}
