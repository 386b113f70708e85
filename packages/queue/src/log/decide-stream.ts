import type { Decider, EventType, NewEventOf } from '@scorekeep/core/events';
import { isRefused } from '@scorekeep/core/events';
import { type Appended, append, asked, type Streams } from './append.ts';
import { type Place, verdictOf } from './append-statement.ts';
import { unavailable } from './ask-again.ts';
import { assertNames, commandDigest } from './check-append.ts';
import { foldStreamOf } from './fold-stream.ts';
import { ERASED } from './receipt.ts';
import { sealKeys } from './seal.ts';
import { shardOf } from './shard-of.ts';

export interface DecideOptions {
  /** Names the command: the same command again gets its first answer, whatever has happened since. */
  readonly commandId?: string;
}

/** What became of a command. */
export type Decided<Refusal> =
  | Exclude<Appended, { readonly status: 'conflict' }>
  /** The decider refused it, in the state after this version. */
  | { readonly status: 'refused'; readonly refused: Refusal; readonly version: number }
  /** There was nothing to do. */
  | { readonly status: 'unchanged'; readonly version: number };

/** Folds, decides and appends; begins again when somebody else appended meanwhile. */
export async function decideStream<State, Command, Type extends EventType, Refusal>(
  streams: Streams,
  stream: string,
  decider: Decider<State, Command, Type, Refusal>,
  command: Command,
  { commandId }: DecideOptions = {},
): Promise<Decided<Refusal>> {
  const { registered } = streams;
  assertNames(streams.log, stream, commandId);
  // The digest outlives an erasure, so it is keyed from the first command on.
  const make = commandId !== undefined;
  const keys = registered.erasable
    ? await asked(streams, (sql) => sealKeys(sql, registered, [stream], { make }))
    : undefined;
  if (keys?.get(stream) === null) return { status: 'rejected', index: 0, reason: ERASED };
  const digest = make ? commandDigest([decider.name, command], keys?.get(stream) ?? undefined) : '';
  const place: Place = {
    shard: shardOf(stream, registered.shards),
    stream,
    expected: 'any',
    command: { id: commandId ?? null, digest },
  };
  const carriedOut = async () => {
    if (commandId === undefined) return undefined;
    const verdict = await asked(streams, (sql) => verdictOf(sql, registered, place));
    return verdict?.status === 'conflict' ? undefined : verdict;
  };
  // What it decides now is beside the point if it has been carried out.
  const before = await carriedOut();
  if (before !== undefined) return before;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const { state, version } = await asked(streams, (sql) => foldStreamOf({ ...streams, sql }, stream, decider));
    const decision = decider.decide(command, state);
    if (isRefused(decision) || decision.length === 0) {
      // The state may hold what this very command has done meanwhile.
      const meanwhile = await carriedOut();
      if (meanwhile !== undefined) return meanwhile;
      return isRefused(decision)
        ? { status: 'refused', refused: decision.refused, version }
        : { status: 'unchanged', version };
    }
    const events = decision as readonly NewEventOf<EventType>[];
    const named = commandId === undefined ? {} : { commandId };
    const appended = await append(streams, stream, events, { expectedVersion: version, ...named }, digest);
    if (appended.status !== 'conflict') return appended;
  }
  throw unavailable(streams.log, 'busy');
}

/** Each lost attempt means that somebody else's append got in. */
const ATTEMPTS_MAX = 50;
