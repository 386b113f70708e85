import type { Decider, Folded, StoredEvent, StreamEventOf } from './decider.ts';
import type { EventType } from './event-type.ts';
import { EventsError } from './events-error.ts';

/** The part of a decider that folds. */
export type Evolver<State, Type extends EventType = EventType> = Pick<
  Decider<State, never, Type, unknown>,
  'name' | 'types' | 'initialState' | 'evolve'
>;

/**
 * Folds stored events into a state: each is brought up to its type's current version, validated, and evolved.
 *
 * @param from the state to go on from, such as a snapshot's; the initial state when left out
 * @throws EventsError `VERSION_GAP` when the events do not follow `from` and one another; `TYPE_UNKNOWN`; `EVENT_UNREADABLE`;
 * and whatever `evolve` throws
 */
export function foldStream<State, Type extends EventType>(
  decider: Evolver<State, Type>,
  events: Iterable<StoredEvent>,
  from: Folded<State> = { state: decider.initialState, version: 0 },
): Folded<State> {
  let { state, version } = from;
  for (const event of events) {
    if (event.version !== version + 1) {
      throw new EventsError(
        'VERSION_GAP',
        `After version ${version} of a stream of ${decider.name} came version ${event.version}; a fold needs every event, in order`,
        { decider: decider.name, after: version, got: event.version },
      );
    }
    state = decider.evolve(state, readStored(decider, event));
    version = event.version;
  }
  return { state, version };
}

function readStored<Type extends EventType>(
  { name, types }: Evolver<unknown, Type>,
  { version, type: typeName, typeVersion, data }: StoredEvent,
): StreamEventOf<Type> {
  const fields = { decider: name, version, type: typeName, typeVersion };
  const type = types.find((known) => known.name === typeName);
  if (type === undefined) {
    throw new EventsError(
      'TYPE_UNKNOWN',
      `Version ${version} is a ${typeName}, which the decider ${name} does not list; a type that was ever stored stays listed`,
      fields,
    );
  }
  const reading = type.read(data, typeVersion);
  if (reading.ok) return { type: typeName, value: reading.value } as StreamEventOf<Type>;
  throw new EventsError(
    'EVENT_UNREADABLE',
    `Version ${version}, a ${typeName} of version ${typeVersion}, is refused by ${reading.reason.code} at ${reading.reason.path}; mend the schema or its upcasters, stored events do not change`,
    { ...fields, code: reading.reason.code, path: reading.reason.path },
  );
}
