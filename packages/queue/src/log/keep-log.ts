import type { ChainVerdict, Decider, EventType, History, NewEventOf } from '@scorekeep/core/events';
import type pg from 'pg';
import type { Appended, AppendOptions } from './append.ts';
import type { AuditedRead, AuditedReadsOptions } from './audit.ts';
import type { ConsumeOptions } from './consume.ts';
import type { LogConsumer } from './consumers.ts';
import type { Decided, DecideOptions } from './decide-stream.ts';
import type { EventLog } from './event-log.ts';
import type { CatchUp, CatchUpOptions, FoldedStream, FoldOptions, StreamFold } from './fold-stream.ts';
import type { Pruned, PruneOptions } from './prune.ts';
import type { LoggedEvent, ShardRange } from './read-log.ts';
import type { ReadStreamOptions, StreamPage } from './read-stream.ts';
import type { EventReceipt } from './receipt.ts';
import type { RecentEvent, RecentOptions } from './recent.ts';
import type { ReplayRange } from './replay.ts';
import type { Quarantined, QuarantinedEvent } from './review-quarantine.ts';
import type { LogStatistics } from './statistics.ts';

/** What a host does with its event logs. */
export interface KeepLog {
  /**
   * Takes events: one, a list, or the text of a request. Answers when they are committed: a receipt for each, in order.
   * Nothing that is sent makes it throw.
   *
   * @throws ScorekeepError UNAVAILABLE when the log takes nothing at the moment: answer 503 with `fields.retryAfter`
   */
  ingest(log: EventLog, input: unknown): Promise<readonly EventReceipt[]>;
  /**
   * Hands the next events of each shard to `handle`, in order, and moves the consumer on in the same transaction.
   * Answers how many there were; 0 when there is nothing to do, or other processes do it.
   */
  consume(
    log: EventLog,
    consumer: string,
    handle: (tx: pg.PoolClient, events: readonly LoggedEvent[]) => Promise<unknown>,
    options?: ConsumeOptions,
  ): Promise<number>;
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
  /**
   * Carries out a command on a stream: folds it, asks the decider, and appends what it decides; begins again when somebody
   * else appended meanwhile. A refusal is a value. With a `commandId` the same command gets its first answer again.
   *
   * @throws ScorekeepError UNAVAILABLE as {@link ingest}; EventsError as {@link fold}
   */
  decide<State, Command, Type extends EventType, Refusal>(
    log: EventLog<Type>,
    stream: string,
    decider: Decider<State, Command, Type, Refusal>,
    command: Command,
    options?: DecideOptions,
  ): Promise<Decided<Refusal>>;
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
  /** Looking after logs. */
  readonly logs: KeepLogs;
}

/** How logs are looked after: read, counted, replayed, pruned, erased. */
export interface KeepLogs {
  /** Reads events of one shard by position: going on after the last position misses nothing. */
  read(log: EventLog, range: ShardRange): Promise<LoggedEvent[]>;
  /** The latest events, newest first, with what consumers say went wrong with them. */
  recent(log: EventLog, options?: RecentOptions): Promise<RecentEvent[]>;
  /** How much lies in a log, by type, on disk, and what was added lately. */
  statistics(log: EventLog): Promise<LogStatistics>;
  /** Reads any piece of a log again, shard by shard, in constant memory. */
  replay(log: EventLog, range?: ReplayRange): AsyncIterable<LoggedEvent>;
  /** The same as lines of JSON (NDJSON), each a CloudEvent. */
  export(log: EventLog, range?: ReplayRange): AsyncIterable<string>;
  /**
   * Detaches segments that are older than `retain` and that nobody needs, with the evidence; forgets ids past `horizon`.
   * Streams that are too short to have got a snapshot hold their segments up, unless `folds` says how to take one. Give it the
   * folds that are in use: what an earlier version took stands for nothing to them.
   */
  prune<Type extends EventType>(log: EventLog<Type>, options?: PruneOptions<Type>): Promise<Pruned>;
  /** The last position of each shard, 0 where there is none: together, how many events were ever written. One indexed read. */
  heads(log: EventLog): Promise<number[]>;
  /** How far the consumers of a log are. */
  consumers(log: EventLog): Promise<LogConsumer[]>;
  /**
   * Forgets a consumer that will not come back, and so holds up pruning; false when there is none of this name. Stop it
   * first: should it consume again, it begins with the oldest event that there is. A projection takes what it had put aside
   * along, and is rebuilt to come back.
   */
  retireConsumer(log: EventLog, consumer: string): Promise<boolean>;
  /** The readings of streams that were written down (`audit`), newest first. */
  audited(log: EventLog, options?: AuditedReadsOptions): Promise<AuditedRead[]>;
  /**
   * Deletes the key that a subject's data is sealed with. False when it had been erased before.
   *
   * @throws ScorekeepError NOT_ERASABLE when the log was not made with `erasable: true`
   */
  erase(log: EventLog, subject: string): Promise<boolean>;
  /**
   * Verifies the hash chain of a stream.
   *
   * @throws ScorekeepError NOT_CHAINED when the log was not made with `chained: true`
   */
  verifyChain(log: EventLog, stream: string): Promise<ChainVerdict>;
  /**
   * A stream's events and the hash of the state after each: commit it as JSON, and let `scorekeep replay-check` prove that
   * the code still folds it to the same states.
   */
  history<State, Type extends EventType>(
    log: EventLog,
    stream: string,
    fold: StreamFold<State, Type>,
  ): Promise<History>;
  /**
   * Makes a log take nothing, in all processes, until it is opened again; reading goes on. Once it has resolved nothing more
   * is accepted or kept aside: it waits for transactions that have appended, so never call it within one.
   */
  setReadonly(log: EventLog, readonly: boolean): Promise<void>;
  /** Events that are kept aside, oldest first; 100 of them, or `limit`, which is 10 000 at most. */
  quarantined(log: EventLog, options?: { limit?: number }): Promise<QuarantinedEvent[]>;
  /** Puts such events into the log after all. */
  release(log: EventLog, events: readonly Quarantined[]): Promise<EventReceipt[]>;
  /** Forgets such events; answers how many there were. */
  discard(log: EventLog, events: readonly Quarantined[]): Promise<number>;
}
