import {
  EventsError,
  type EventType,
  type Evolver,
  type Folded,
  foldStream,
  fromSnapshot,
  type History,
  recordHistory,
  type Snapshot,
  type StoredEvent,
  takeSnapshot,
} from '@scorekeep/core/events';
import { quote } from '../postgres/identifiers.ts';
import type { Streams } from './append.ts';
import { assertText } from './assert-storable.ts';
import { type Audit, assertAudit, writeAudit } from './audit.ts';
import type { LoggedEvent } from './read-log.ts';
import { readStream } from './read-stream.ts';
import { seal, sealKeys, unseal } from './seal.ts';
import { shardOf } from './shard-of.ts';

/** What a stream is folded by: a decider, or that part of one. */
export type StreamFold<State, Type extends EventType = EventType> = Evolver<State, Type> & {
  readonly foldHash: string;
};

export interface FoldOptions {
  /** The state after this version instead of the last. */
  readonly at?: number;
  /** A snapshot is taken when so many events had to be folded since the last. Default 100; `false` takes none. */
  readonly snapshotEvery?: number | false;
  /** Writes down who asked for the state, before it is handed out. */
  readonly audit?: Audit;
}

/** A state, the version that it is the state after, and whether its stream has been erased: then it is the initial state. */
export interface FoldedStream<State> extends Folded<State> {
  readonly erased: boolean;
}

/**
 * Folds a stream: its snapshot, and the events since.
 *
 * @throws EventsError VERSION_GAP when events were pruned that no snapshot of this fold stands for
 */
export async function foldStreamOf<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
  options: FoldOptions = {},
): Promise<FoldedStream<State>> {
  assertText('stream', stream);
  if (options.audit !== undefined) assertAudit(options.audit);
  const folded = await foldAll(streams, stream, fold, options);
  if (options.audit !== undefined) await writeAudit(streams, stream, options.audit, 0, folded.version);
  return folded;
}

async function foldAll<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
  options: FoldOptions,
): Promise<FoldedStream<State>> {
  for (let from = await snapshotFor(streams, stream, fold, options); ; ) {
    try {
      return await foldFrom(streams, stream, fold, options, from);
    } catch (error) {
      if (!(error instanceof EventsError && error.code === 'VERSION_GAP')) throw error;
      // What was pruned meanwhile is in a snapshot that was taken before.
      const newer = await snapshotFor(streams, stream, fold, options);
      if (newer === undefined || newer.version <= (from?.version ?? 0)) throw error;
      from = newer;
    }
  }
}

/** A snapshot to fold on from, if there is one that is not too new. */
async function snapshotFor<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
  { at = Infinity }: FoldOptions,
): Promise<Folded<State> | undefined> {
  const snapshot = await readSnapshot(streams, stream, fold);
  return snapshot !== undefined && snapshot.version <= at ? snapshot : undefined;
}

async function foldFrom<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
  { at, snapshotEvery = 100 }: FoldOptions,
  from: Folded<State> | undefined,
): Promise<FoldedStream<State>> {
  let folded = from;
  const start = folded?.version ?? 0;
  for (;;) {
    const page = await readStream(streams, stream, {
      after: folded?.version ?? 0,
      ...(at === undefined ? {} : { to: at }),
    });
    if (page.events.some((event) => event.data === undefined)) {
      return { state: fold.initialState, version: Math.min(at ?? Infinity, page.version), erased: true };
    }
    folded = foldStream(fold, page.events.map(storedOf), folded);
    const end = Math.min(at ?? Infinity, page.version);
    if (folded.version >= end) break;
    if (page.events.length > 0) continue;
    if (await isErased(streams, stream)) return { state: fold.initialState, version: end, erased: true };
    throw pruned(fold, folded.version);
  }
  if (snapshotEvery !== false && at === undefined && folded.version - start >= snapshotEvery) {
    await writeSnapshot(streams, stream, fold, folded);
  }
  return { ...folded, erased: false };
}

/**
 * Reads a whole stream and notes the hash of the state after every event: to be committed beside the code as JSON, for
 * `scorekeep replay-check`.
 *
 * @throws EventsError when an event cannot be read or evolved, as those of an erased stream cannot
 */
export async function historyOf<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
): Promise<History> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await readStream(streams, stream, { after: events.at(-1)?.version ?? 0 });
    events.push(...page.events.map(storedOf));
    if (page.events.length > 0) continue;
    if (events.length === 0 && page.version > 0) throw pruned(fold, 0);
    return recordHistory(fold, stream, events);
  }
}

async function isErased({ sql, registered }: Streams, stream: string): Promise<boolean> {
  return registered.erasable && (await sealKeys(sql, registered, [stream], { make: false })).get(stream) === null;
}

function pruned({ name, foldHash }: { name: string; foldHash: string }, version: number): EventsError {
  return new EventsError(
    'VERSION_GAP',
    `The events of a stream after version ${version} were pruned, and no snapshot of ${name} (${foldHash.slice(0, 12)}) stands for them. Attach their segments again.`,
    { decider: name, after: version },
  );
}

/** What a client that knows a version needs to be up to date. */
export interface CatchUp<State> {
  /** The version that it is at afterwards. */
  readonly version: number;
  /** A state to begin anew from, when there is more to tell than events say briefly, or the client knows what never was. */
  readonly snapshot: Folded<State> | undefined;
  /** The events after the snapshot, or after what the client knows; in order, without a gap. */
  readonly events: readonly LoggedEvent[];
  /** Whether the stream has been erased: then there is the initial state to begin anew from, whatever the client knows. */
  readonly erased: boolean;
}

export interface CatchUpOptions {
  /** The version that the client is at; 0 when it knows nothing. */
  readonly since: number;
  /** Most events to send before a snapshot is sent instead. Default 100. */
  readonly limit?: number;
  /** Writes down who was brought up to date, before the answer is handed out. */
  readonly audit?: Audit;
}

/** Brings a client up to date in one answer. */
export async function catchUp<State, Type extends EventType>(
  streams: Streams,
  stream: string,
  fold: StreamFold<State, Type>,
  { since, limit = 100, audit }: CatchUpOptions,
): Promise<CatchUp<State>> {
  const audited = audit === undefined ? {} : { audit };
  const page = await readStream(streams, stream, { after: since, limit, ...audited });
  // Whoever has all events is told too, so that he forgets them.
  const erased =
    page.events.length === 0
      ? page.version > 0 && (await isErased(streams, stream))
      : page.events.some((event) => event.data === undefined);
  const last = page.events.at(-1)?.version ?? since;
  // Events that were pruned leave a gap at the beginning.
  const dense = page.events.length === 0 || page.events[0]?.version === since + 1;
  if (!erased && dense && since <= page.version && last === page.version) {
    return { version: last, snapshot: undefined, events: page.events, erased: false };
  }
  const { state, version, erased: gone } = await foldStreamOf(streams, stream, fold, audited);
  return { version, snapshot: { state, version }, events: [], erased: gone };
}

const storedOf = ({ version, type, typeVersion, data }: LoggedEvent): StoredEvent => ({
  version: version ?? 0,
  type,
  typeVersion,
  data,
});

async function readSnapshot<State>(
  { sql, registered }: Streams,
  stream: string,
  fold: StreamFold<State>,
): Promise<Folded<State> | undefined> {
  const shard = shardOf(stream, registered.shards);
  const { rows } = await sql.query(
    `select body from ${quote(registered.schema)}.snapshot where log = $1 and shard = $2 and stream = $3 and fold = $4`,
    [registered.id, shard, stream, fold.name],
  );
  if (rows[0] === undefined) return undefined;
  if (!registered.erasable) return fromSnapshot(fold, rows[0]['body'] as Snapshot<State>);
  const keys = await sealKeys(sql, registered, [stream], { make: false });
  const opened = unseal(keys, stream, snapshotPlace(fold.name), String(rows[0]['body']));
  return opened === undefined ? undefined : fromSnapshot(fold, opened as Snapshot<State>);
}

async function writeSnapshot<State>(
  { sql, registered }: Streams,
  stream: string,
  fold: StreamFold<State>,
  folded: Folded<State>,
): Promise<void> {
  const snapshot = takeSnapshot(fold, folded);
  const keys = registered.erasable ? await sealKeys(sql, registered, [stream], { make: false }) : undefined;
  if (keys !== undefined && keys.get(stream) == null) return;
  const body = keys === undefined ? JSON.stringify(snapshot) : seal(keys, stream, snapshotPlace(fold.name), snapshot);
  await sql.query(
    `insert into ${quote(registered.schema)}.snapshot as s (log, shard, stream, fold, version, body) values ($1, $2, $3, $4, $5, $6)
     on conflict (log, shard, stream, fold) do update set version = excluded.version, body = excluded.body
     where s.version <= excluded.version`,
    [registered.id, shardOf(stream, registered.shards), stream, fold.name, folded.version, body],
  );
}

const snapshotPlace = (fold: string): string => `snapshot ${fold}`;
