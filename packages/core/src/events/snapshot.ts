import type { Decider, Folded } from './decider.ts';
import { EventsError } from './events-error.ts';
import { stateHash } from './state-hash.ts';

/** A state to go on from, with the identity of the fold that made it. JSON. */
export interface Snapshot<State> extends Folded<State> {
  readonly foldHash: string;
  readonly stateHash: string;
}

/** @throws EventsError `VALUE_INVALID` for a state that is no JSON */
export function takeSnapshot<State>(
  decider: Pick<Decider<State, never, never, unknown>, 'foldHash'>,
  { state, version }: Folded<State>,
): Snapshot<State> {
  return { foldHash: decider.foldHash, version, state, stateHash: stateHash(state) };
}

/**
 * The state of a snapshot, to fold on from; undefined when another fold made it, so that the stream is to be folded from its
 * first event.
 *
 * @throws EventsError `SNAPSHOT_CORRUPT` when its state is not the one that was hashed
 */
export function fromSnapshot<State>(
  decider: Pick<Decider<State, never, never, unknown>, 'name' | 'foldHash'>,
  snapshot: Snapshot<State>,
): Folded<State> | undefined {
  if (snapshot.foldHash !== decider.foldHash) return undefined;
  const found = stateHash(snapshot.state);
  if (found !== snapshot.stateHash) {
    throw new EventsError(
      'SNAPSHOT_CORRUPT',
      `The snapshot of ${decider.name} at version ${snapshot.version} holds a state of hash ${found}, and was taken of ${snapshot.stateHash}; delete it, the events have the truth`,
      { decider: decider.name, version: snapshot.version, expected: snapshot.stateHash, found },
    );
  }
  return { state: snapshot.state, version: snapshot.version };
}
