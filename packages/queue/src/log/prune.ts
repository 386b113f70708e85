import { EventsError, type EventType } from '@scorekeep/core/events';
import { publish } from '../facts.ts';
import { codeOf, sqlState } from '../postgres/classify-error.ts';
import { quote } from '../postgres/identifiers.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../postgres/sql.ts';
import { transaction } from '../postgres/transaction.ts';
import type { Streams } from './append.ts';
import { HAS_TIME } from './event-key.ts';
import { foldStreamOf, type StreamFold } from './fold-stream.ts';
import { eventTable, type RegisteredLog, seenTable } from './register-log.ts';
import { noteAttached, segmentTable } from './segment.ts';

/** What pruning did, and what held it up. */
export interface Pruned {
  readonly segments: readonly PrunedSegment[];
  /** Ids that were forgotten because they are older than the log's horizon. */
  readonly ids: number;
  /** Commands that were forgotten for the same reason. */
  readonly commands: number;
}

export interface PruneOptions<Type extends EventType = EventType> {
  /** What streams are folded by: each takes a snapshot of the streams that need one and whose events it knows. */
  readonly folds?: readonly StreamFold<unknown, Type>[];
}

/** A segment of which everything is older than `retain`. */
export interface PrunedSegment {
  readonly number: number;
  /** The table: detached from the log, so no reader of the log sees it; export it, keep it, or drop it. */
  readonly table: string;
  readonly detached: boolean;
  /**
   * Why it was not detached: `consumer:<name>`, `parked:<consumer>`, `stream`, `filling`, a SQLSTATE such as 55P03, or what is wrong with
   * a stream that was to be folded, such as EVENT_UNREADABLE; undefined when it was.
   */
  readonly heldBy: string | undefined;
  /** That nobody needs it: the positions of all consumers in the order of shards, and its streams, each erased or with a snapshot past it. */
  readonly evidence:
    | { readonly consumers: Readonly<Record<string, readonly number[]>>; readonly streams: number }
    | undefined;
}

/**
 * Detaches the segments that are older than the log's `retain` and that no consumer and no stream needs, and forgets ids
 * older than its `horizon`. The evidence is looked at in the transaction that detaches, and stored.
 */
export async function prune<Type extends EventType>(
  streams: Streams,
  { folds = [] }: PruneOptions<Type> = {},
): Promise<Pruned> {
  const { pool, log, registered } = streams;
  const segments: PrunedSegment[] = [];
  await noteAttached(pool, registered);
  for (const { number, filling } of log.retain === null ? [] : await oldSegments(pool, registered, log.retain)) {
    const held = (heldBy: string): PrunedSegment => {
      return { number, table: segmentTable(registered, number), detached: false, heldBy, evidence: undefined };
    };
    const detachment = async (): Promise<PrunedSegment> => {
      await snapshotStreams(streams, number, folds);
      return transaction(pool, (tx) => detach(tx, registered, number, held));
    };
    const segment = await (filling
      ? held('filling')
      : detachment().catch((error: unknown) => {
          // A lock that is not to be had in time, or a race with another pruner: the next call tries again. A stream that a fold
          // cannot read holds its segment.
          if (sqlState(error) === undefined && !(error instanceof EventsError)) throw error;
          return held(codeOf(error));
        }));
    segments.push(segment);
    publish('segment.pruned', { log: log.name, number, detached: segment.detached, heldBy: segment.heldBy });
    if (!segment.detached) break;
  }
  const forgotten = log.horizon === null ? { ids: 0, commands: 0 } : await forget(pool, registered, log.horizon);
  return { segments, ...forgotten };
}

/** Segments with events in order of which the youngest is old enough, up to one that some shard has yet to fill. */
async function oldSegments(sql: Sql, log: RegisteredLog, retain: number): Promise<OldSegment[]> {
  const { rows } = await sql.query(
    `select number from ${quote(log.schema)}.segment where log = $1 and detached_at is null order by number`,
    [log.id],
  );
  const old: OldSegment[] = [];
  for (const row of rows) {
    const number = integer(row, 'number');
    const young = await sql.query(
      `select exists (select from ${segmentTable(log, number)} where recorded_at >= now() - $1 * interval '1 millisecond') as found,
         not exists (select from ${segmentTable(log, number)}) as empty,
         (select min(last) from ${quote(log.schema)}.log_head where log = $2) < $3::int8 as filling`,
      [retain, log.id, (number + 1) * log.segmentSize],
    );
    const { found, empty, filling } = young.rows[0] as Row;
    if (found === true || (filling === true && empty === true)) break;
    old.push({ number, filling: filling === true });
    if (filling === true) break;
  }
  return old;
}

interface OldSegment {
  readonly number: number;
  readonly filling: boolean;
}

/**
 * Takes a snapshot of each stream that needs one before a segment can go. A stream with an event that a fold does not know
 * is none of that fold's. What another version of the fold took stands for nothing; a sealed snapshot does not say which one
 * took it, so its stream is folded, and nothing is written where there was nothing to fold.
 */
async function snapshotStreams(streams: Streams, number: number, folds: readonly StreamFold<unknown>[]): Promise<void> {
  const { sql, registered } = streams;
  for (const fold of folds) {
    const { rows } = await sql.query(
      `select subject from ${segmentTable(registered, number)} e where version is not null group by shard, subject
       having not exists (select from ${quote(registered.schema)}.snapshot s
         where s.log = $1 and s.shard = e.shard and s.stream = e.subject and s.fold = $2 and s.version >= max(e.version)
           and s.body->>'foldHash' = $3)`,
      [registered.id, fold.name, fold.foldHash],
    );
    for (const row of rows) {
      await foldStreamOf(streams, text(row, 'subject'), fold, { snapshotEvery: 1 }).catch((error: unknown) => {
        if (!(error instanceof EventsError && NOT_ITS_OWN.has(error.code))) throw error;
      });
    }
  }
}

/** It does not know the types, or it was not there before earlier events were pruned. */
const NOT_ITS_OWN: ReadonlySet<string> = new Set(['TYPE_UNKNOWN', 'VERSION_GAP']);

async function detach(
  tx: Sql,
  log: RegisteredLog,
  number: number,
  held: (heldBy: string) => PrunedSegment,
): Promise<PrunedSegment> {
  const table = segmentTable(log, number);
  const end = (number + 1) * log.segmentSize;
  const at = quote(log.schema);
  // Writers and readers wait behind this lock, so better give up soon and come back.
  await tx.query(`set local lock_timeout = '2s'`);
  await tx.query(`lock table ${at}.log_consumer, ${at}.parked_event, ${at}.snapshot in share row exclusive mode`);
  const { rows: behind } = await tx.query(
    `select consumer from ${at}.log_consumer where log = $1 and at < $2 order by at, consumer limit 1`,
    [log.id, end],
  );
  if (behind.length > 0) return held(`consumer:${textOrNull(behind[0], 'consumer')}`);
  const { rows: parked } = await tx.query(
    `select consumer from ${at}.parked_event where log = $1 and position <= $2 order by position limit 1`,
    [log.id, end],
  );
  if (parked.length > 0) return held(`parked:${textOrNull(parked[0], 'consumer')}`);
  const { rows: streams } = await tx.query(
    `with last as (select shard, subject, max(version) as version from ${table} where version is not null group by 1, 2)
     select count(*) as streams, count(*) filter (where not coalesce(
       (select min(s.version) from ${at}.snapshot s where s.log = $1 and s.shard = last.shard and s.stream = last.subject) >= last.version,
       false) and not exists (select from ${at}.subject_key k
         where k.log = $1 and k.shard = last.shard and k.subject = last.subject and k.key is null)) as uncovered from last`,
    [log.id],
  );
  if (integer(streams[0], 'uncovered') > 0) return held('stream');
  await tx.query(
    `update ${at}.stream s set pruned_to = last.version, pruned_hash = last.hash
     from (select distinct on (shard, subject) shard, subject, version, hash from ${table} where version is not null
           order by shard, subject, version desc) last
     where s.log = $1 and s.shard = last.shard and s.id = last.subject and last.version > coalesce(s.pruned_to, 0)`,
    [log.id],
  );
  const { rows: consumers } = await tx.query(
    `select coalesce(json_object_agg(consumer, at order by consumer), '{}') as consumers from
       (select consumer, json_agg(at order by shard) as at from ${at}.log_consumer where log = $1 group by consumer) x`,
    [log.id],
  );
  const evidence = {
    consumers: consumers[0]?.['consumers'] as Record<string, number[]>,
    streams: integer(streams[0], 'streams'),
  };
  await tx.query(`alter table ${eventTable(log)} detach partition ${table}`);
  await tx.query(
    `update ${at}.segment set detached_at = clock_timestamp(), evidence = $3 where log = $1 and number = $2`,
    [log.id, number, JSON.stringify(evidence)],
  );
  return { number, table, detached: true, heldBy: undefined, evidence };
}

/** Ids that say when they were made; any other is kept, for nobody could tell whether it is new. */
async function forget(sql: Sql, log: RegisteredLog, horizon: number): Promise<{ ids: number; commands: number }> {
  let ids = 0;
  for (let shard = 0; shard < log.shards; shard++) {
    for (;;) {
      // An hour more than an ingester refuses, so that no clock in between matters. What is kept aside and in the log too,
      // because it was believed when it came again, is not doubted any more: its release would put it there twice.
      const { rowCount } = await sql.query(
        `with old as materialized (select key from ${seenTable(log)}
           where log = $1 and shard = $2 and ${HAS_TIME} and key < (lpad(to_hex(
             ((extract(epoch from clock_timestamp()) * 1000)::int8 - $3::int8 - 3600000)), 12, '0') || '00000000000000000000')::uuid
           order by key limit 10000),
         moot as (delete from ${quote(log.schema)}.quarantine where log = $1 and shard = $2 and key in (select key from old))
         delete from ${seenTable(log)} where log = $1 and shard = $2 and key in (select key from old)`,
        [log.id, shard, horizon],
      );
      ids += rowCount ?? 0;
      if ((rowCount ?? 0) < 10_000) break;
    }
  }
  const { rowCount } = await sql.query(
    `delete from ${quote(log.schema)}.stream_command where log = $1 and recorded_at < now() - $2 * interval '1 millisecond'`,
    [log.id, horizon],
  );
  return { ids, commands: rowCount ?? 0 };
}
