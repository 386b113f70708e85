import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldStream } from './fold-stream.ts';
import { fromSnapshot, takeSnapshot } from './snapshot.ts';
import { stateHash } from './state-hash.ts';
import { room, tenEvents } from './testing/room.ts';

describe('ten events', () => {
  test("fold to the state that follows by hand, and to the hash that Python's hashlib gives", () => {
    const { state, version } = foldStream(room, tenEvents);
    expect(version).toBe(10);
    expect(state).toEqual({ round: 2, redeals: 1, declared: [3, 0, 4], scores: [3, 8, -2, -2] });
    expect(stateHash(state)).toBe('3aefe5cd5f9f39897a64f36426fe956ed1921010d4cd792330ba0c336a4eb80a');
  });

  test('fold to the same state in one go, in two, and from a snapshot that was stored as JSON', () => {
    fc.assert(
      fc.property(fc.nat(10), (cut) => {
        const first = foldStream(room, tenEvents.slice(0, cut));
        const stored = JSON.parse(JSON.stringify(takeSnapshot(room, first)));
        const from = fromSnapshot(room, stored);
        expect(from).toEqual(first);
        expect(foldStream(room, tenEvents.slice(cut), from)).toEqual(foldStream(room, tenEvents));
      }),
    );
  });
});

test('no event is the initial state', () =>
  expect(foldStream(room, [])).toEqual({ state: room.initialState, version: 0 }));

describe('a stream that cannot be folded', () => {
  const [one, two, three] = tenEvents;
  const event = { version: 1, type: 'declared', typeVersion: 1, data: { seat: 0, piles: 1 } };

  test.each([
    ['without its first event', [two]],
    ['with a gap', [one, three]],
    ['with an event twice', [one, one]],
    ['in another order', [two, one]],
  ])('%s', (_, events) => {
    const stored = events.flatMap((item) => (item === undefined ? [] : [item]));
    expect(() => foldStream(room, stored)).toThrow(expect.objectContaining({ code: 'VERSION_GAP' }));
  });

  test('of an unknown type is an error, where older replays passed over it', () => {
    expect(() => foldStream(room, [{ ...event, type: 'player_left' }])).toThrow(
      expect.objectContaining({
        code: 'TYPE_UNKNOWN',
        fields: expect.objectContaining({ version: 1, type: 'player_left' }),
      }),
    );
  });

  test.each([
    ['data that the schema refuses', { ...event, data: { seat: 9, piles: 1 } }, 'schema', 'data.seat'],
    ['data that is no object', { ...event, data: 'private' }, 'not-object', 'data'],
    ['a version that the type has not', { ...event, typeVersion: 2 }, 'unknown-version', 'version'],
  ])('with %s names what refuses it, and no payload', (_, stored, code, path) => {
    expect(() => foldStream(room, [stored])).toThrow(
      expect.objectContaining({
        code: 'EVENT_UNREADABLE',
        message: expect.not.stringContaining('private'),
        fields: expect.objectContaining({ code, path }),
      }),
    );
  });
});

describe('a snapshot', () => {
  const snapshot = takeSnapshot(room, foldStream(room, tenEvents.slice(0, 6)));

  test('of another fold is not used', () => {
    expect(fromSnapshot({ ...room, foldHash: '0'.repeat(64) }, snapshot)).toBeUndefined();
  });

  test('whose state was changed is an error', () => {
    const changed = { ...snapshot, state: { ...snapshot.state, round: 7 } };
    expect(() => fromSnapshot(room, changed)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }));
  });
});
