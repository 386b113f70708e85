import type { EventType } from './event-type.ts';
import { EventsError } from './events-error.ts';
import { stateHash, valueHash } from './state-hash.ts';

/**
 * What a stream means: the state before its first event, which events a command makes of a state, and what an event makes of a
 * state. Both functions are pure: time, random numbers and whatever else they need come in with the command.
 */
export interface Decider<State, Command, Type extends EventType = EventType, Refusal = never> {
  readonly name: string;
  readonly version: number;
  readonly types: readonly Type[];
  /** JSON. */
  readonly initialState: State;
  /** The events that a command makes, or a refusal made by {@link refuse}. No event: there is nothing to do. */
  decide(command: Command, state: State): Decision<Type, Refusal>;
  /** The state after an event. Must not change the state that it gets. */
  evolve(state: State, event: StreamEventOf<Type>): State;
  /**
   * The fold's identity, in hex: of its name and version, its event types and their versions, and its initial state. Snapshots
   * of another identity are not used. A change of `evolve` must raise the version; the replay check finds one that did not.
   */
  readonly foldHash: string;
}

/** What `decide` answers. */
export type Decision<Type extends EventType = EventType, Refusal = never> =
  | readonly NewEventOf<Type>[]
  | Refused<Refusal>;

/** A command that is not carried out, as a value. */
export interface Refused<Refusal> {
  readonly refused: Refusal;
}

/** A refusal with its facts: `refuse({ code: 'not-your-turn', turn: 3 })`. */
export const refuse = <const Refusal>(refused: Refusal): Refused<Refusal> => ({ refused });

/** Whether a decision is a refusal. */
export const isRefused = <Refusal>(decision: readonly unknown[] | Refused<Refusal>): decision is Refused<Refusal> =>
  !Array.isArray(decision);

/** An event as `decide` makes it: data as the schema takes it, of the current version. */
export type NewEventOf<Type extends EventType> =
  Type extends EventType<infer Name, unknown, infer Data> ? { readonly type: Name; readonly data: Data } : never;

/** An event as `evolve` sees it: the value at the type's current version. */
export type StreamEventOf<Type extends EventType> =
  Type extends EventType<infer Name, infer Value> ? { readonly type: Name; readonly value: Value } : never;

/** An event of a stream as it is stored. */
export interface StoredEvent {
  /** Its place in the stream, from 1 on without a gap. */
  readonly version: number;
  readonly type: string;
  /** The version of its type that the data is of. */
  readonly typeVersion: number;
  readonly data: unknown;
}

/** A state and the version of the stream that it is the state after; 0 before the first event. */
export interface Folded<State> {
  readonly state: State;
  readonly version: number;
}

/** The refusals of an answer. */
export type RefusalOf<Answer> = Answer extends Refused<infer Refusal> ? Refusal : never;

export interface DeciderOptions<State, Command, Type extends EventType, Answer extends Decision<Type, unknown>> {
  /** 1, unless given. Raise it when `evolve` gives another state than before. */
  readonly version?: number;
  readonly types: readonly Type[];
  readonly initialState: State;
  readonly decide: (command: Command, state: State) => Answer;
  readonly evolve: (state: State, event: StreamEventOf<Type>) => State;
}

/**
 * Defines a decider.
 *
 * @throws EventsError `DEFINITION_INVALID` for a name, version or types that are not well formed; `VALUE_INVALID` for an initial
 * state that is no JSON
 */
export function decider<State, Command, Type extends EventType, const Answer extends Decision<Type, unknown>>(
  name: string,
  options: DeciderOptions<State, Command, Type, Answer>,
): Decider<State, Command, Type, RefusalOf<Answer>> {
  const { version = 1, types, initialState, decide, evolve } = options;
  if (typeof name !== 'string' || name === '' || !Number.isSafeInteger(version) || version < 1) {
    throw new EventsError(
      'DEFINITION_INVALID',
      `A decider needs a name and a version from 1 on, got ${JSON.stringify(name)} and ${version}`,
      { name, version },
    );
  }
  const versions = new Map(types.map((type) => [type.name, type.version]));
  if (types.length === 0 || versions.size < types.length) {
    throw new EventsError('DEFINITION_INVALID', `The decider ${name} needs event types of different names`, { name });
  }
  const foldHash = valueHash([name, version, Object.fromEntries(versions), stateHash(initialState)]);
  return {
    name,
    version,
    types,
    initialState: frozenCopy(initialState),
    decide: decide as Decider<State, Command, Type, RefusalOf<Answer>>['decide'],
    evolve,
    foldHash,
  };
}

/** So that an `evolve` that writes into its state fails at once, and not in the next stream that starts from the same object. */
const frozenCopy = <State>(state: State): State =>
  JSON.parse(JSON.stringify(state), (_, value: unknown) => Object.freeze(value)) as State;
