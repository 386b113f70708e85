import type { ChainVerdict, EventType, NewEventOf } from '@scorekeep/core/events';
import type { Appended, AppendOptions } from './append.ts';
import type { EventLog } from './event-log.ts';
import type { CatchUp, CatchUpOptions, FoldedStream, FoldOptions, StreamFold } from './fold-stream.ts';
import type { LoggedEvent, ShardRange } from './read-log.ts';
import type { ReadStreamOptions, StreamPage } from './read-stream.ts';
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
  /**
   * Appends events to a stream, if it is as `expectedVersion` says; all of them or none. What comes of it is a value, never
   * an error. Give a `commandId` to be able to ask again.
   *
   * @throws ScorekeepError UNAVAILABLE as {@link ingest}
   */
  append<Type extends EventType>(
    log: EventLog<Type>,
    stream: string,
    events: readonly NewEventOf<Type>[],
    options: AppendOptions,
  ): Promise<Appended>;
  /** Reads events of a stream in order. */
  read(log: EventLog, stream: string, options?: ReadStreamOptions): Promise<StreamPage>;
  /**
   * The state of a stream, now or after any version: its snapshot, and the events since.
   *
   * @throws EventsError of `@scorekeep/core/events` when an event cannot be read or evolved
   */
  fold<State, Type extends EventType>(
    log: EventLog,
    stream: string,
    fold: StreamFold<State, Type>,
    options?: FoldOptions,
  ): Promise<FoldedStream<State>>;
  /** What a client that knows a version needs to be up to date: events, or a snapshot instead of many. */
  catchUp<State, Type extends EventType>(
    log: EventLog,
    stream: string,
    fold: StreamFold<State, Type>,
    options: CatchUpOptions,
  ): Promise<CatchUp<State>>;
  /** Verifies the hash chain of a stream of a log that was made with `chained: true`. */
  verifyChain(log: EventLog, stream: string): Promise<ChainVerdict>;
}
