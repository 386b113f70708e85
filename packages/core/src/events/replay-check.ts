import type { Decider, Folded, StoredEvent } from './decider.ts';
import type { EventType } from './event-type.ts';
import { EventsError } from './events-error.ts';
import { foldStream } from './fold-stream.ts';
import { stateHash } from './state-hash.ts';

/** A stream as it was, and the hash of the state after its events: committed beside the code, as JSON. */
export interface History {
  readonly decider: string;
  readonly stream: string;
  readonly events: readonly StoredEvent[];
  /** Hashes of the states after some versions, or all of them, in order. */
  readonly states: readonly StateRecord[];
}

export interface StateRecord {
  readonly version: number;
  /** {@link stateHash} of the state after this version. */
  readonly hash: string;
}

/** Whether histories still fold to the states that they folded to. */
export interface ReplayReport {
  readonly ok: boolean;
  readonly streams: number;
  readonly events: number;
  /** For each stream that differs, where it does so first; in the order of the histories. */
  readonly differences: readonly ReplayDifference[];
}

export interface ReplayDifference {
  readonly stream: string;
  /** The first version whose state differs, or that cannot be folded. */
  readonly version: number;
  /** The last version before it whose state was compared and is the same. */
  readonly sameUntil: number;
  /** The committed hash; undefined when no state was committed for this version, so that only an error can show there. */
  readonly expected: string | undefined;
  /** The hash of the state now; undefined when the fold fails. */
  readonly found: string | undefined;
  /** The code of the error, or its class, when the fold fails. */
  readonly error: string | undefined;
}

type Folder<State, Type extends EventType> = Pick<
  Decider<State, never, Type, unknown>,
  'name' | 'types' | 'initialState' | 'evolve'
>;

/**
 * Folds a stream and notes the hash of the state after every event: what to commit before the code changes.
 *
 * @throws EventsError as {@link foldStream} and {@link stateHash} do
 */
export function recordHistory<State, Type extends EventType>(
  decider: Folder<State, Type>,
  stream: string,
  events: readonly StoredEvent[],
): History {
  let folded: Folded<State> | undefined;
  const states = events.map((event): StateRecord => {
    folded = foldStream(decider, [event], folded);
    return { version: folded.version, hash: stateHash(folded.state) };
  });
  return { decider: decider.name, stream, events, states };
}

/**
 * Folds committed histories with the code as it is now, and compares the states with the committed ones. An event that can no
 * longer be read or evolved is a difference too.
 *
 * @throws EventsError `HISTORY_INVALID` for a history of another decider, or one that commits no state
 */
export function replayCheck<State, Type extends EventType>(
  decider: Folder<State, Type>,
  histories: Iterable<History>,
): ReplayReport {
  const report = { streams: 0, events: 0, differences: [] as ReplayDifference[] };
  for (const history of histories) {
    checkHistory(decider.name, history);
    report.streams += 1;
    report.events += history.events.length;
    const difference = firstDifference(decider, history);
    if (difference !== undefined) report.differences.push(difference);
  }
  return { ok: report.differences.length === 0, ...report };
}

function firstDifference<State, Type extends EventType>(
  decider: Folder<State, Type>,
  { stream, events, states }: History,
): ReplayDifference | undefined {
  const committed = new Map(states.map(({ version, hash }) => [version, hash]));
  let folded: Folded<State> | undefined;
  let sameUntil = 0;
  for (const event of events) {
    const expected = committed.get(event.version);
    const difference = { stream, version: event.version, sameUntil, expected };
    let found: string | undefined;
    try {
      folded = foldStream(decider, [event], folded);
      found = expected === undefined ? undefined : stateHash(folded.state);
    } catch (error) {
      return { ...difference, found: undefined, error: errorText(error) };
    }
    if (found !== expected) return { ...difference, found, error: undefined };
    if (expected !== undefined) sameUntil = event.version;
  }
  return undefined;
}

/** A history that compares nothing would pass whatever the code does. */
function checkHistory(name: string, { decider, stream, events, states }: History): void {
  const fields = { decider, stream };
  if (decider !== name) {
    throw invalid(`The history of stream ${stream} is of the decider ${decider}, not ${name}`, fields);
  }
  const last = events.at(-1)?.version ?? 0;
  const beyond = states.find(({ version }) => version < 1 || version > last);
  if (beyond !== undefined) {
    throw invalid(
      `The history of stream ${stream} has a state of version ${beyond.version}, and events up to ${last}`,
      fields,
    );
  }
  if (states.at(-1)?.version !== last || last === 0) {
    throw invalid(
      `The history of stream ${stream} must commit the state after its last event, version ${last}`,
      fields,
    );
  }
}

const errorText = (error: unknown): string => {
  if (error instanceof EventsError) return error.code;
  return error instanceof Error ? error.name : typeof error;
};

const invalid = (message: string, fields: Record<string, unknown>): EventsError =>
  new EventsError('HISTORY_INVALID', message, fields);
