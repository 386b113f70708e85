import { describe, expect, test } from 'vitest';
import type { StreamEventOf } from './decider.ts';
import { type History, recordHistory, replayCheck } from './replay-check.ts';
import { type declared, type Room, room, type roundStarted, type scored, tenEvents } from './testing/room.ts';

const history: History = JSON.parse(JSON.stringify(recordHistory(room, 'room-7', tenEvents)));
type RoomEvent = StreamEventOf<typeof roundStarted | typeof declared | typeof scored>;
const changed = (evolve: (state: Room, event: RoomEvent) => Room) => ({ ...room, evolve });

test('a history has the hash of every state, and passes with the code that recorded it', () => {
  expect(history.states).toHaveLength(10);
  expect(history.states.at(-1)?.hash).toBe('3aefe5cd5f9f39897a64f36426fe956ed1921010d4cd792330ba0c336a4eb80a');
  expect(replayCheck(room, [history])).toEqual({ ok: true, streams: 1, events: 10, differences: [] });
});

describe('after a change of the code', () => {
  test('the first version that differs is named, with both hashes', () => {
    const generous = changed((state, event) => {
      const next = room.evolve(state, event);
      return event.type === 'scored' ? { ...next, scores: next.scores.map((score) => score + 1) } : next;
    });
    expect(replayCheck(generous, [history])).toEqual({
      ok: false,
      streams: 1,
      events: 10,
      differences: [
        {
          stream: 'room-7',
          version: 6,
          sameUntil: 5,
          expected: history.states[5]?.hash,
          found: expect.stringMatching(/^[0-9a-f]{64}$/),
          error: undefined,
        },
      ],
    });
  });

  test('an event that can no longer be read is a difference, and so is an evolve that throws', () => {
    const forgetful = { ...room, types: room.types.filter(({ name }) => name !== 'scored') };
    expect(replayCheck(forgetful, [history]).differences).toMatchObject([
      { version: 6, sameUntil: 5, found: undefined, error: 'TYPE_UNKNOWN' },
    ]);
    const broken = changed(() => {
      throw new RangeError('private detail');
    });
    expect(replayCheck(broken, [history]).differences).toMatchObject([
      { version: 1, sameUntil: 0, error: 'RangeError' },
    ]);
  });

  test('a history that commits only its last state says from where on it may differ', () => {
    const sparse = { ...history, states: history.states.filter(({ version }) => version === 5 || version === 10) };
    const generous = changed((state, event) => {
      const next = room.evolve(state, event);
      return event.type === 'scored' ? { ...next, scores: [0, 0, 0, 0] } : next;
    });
    expect(replayCheck(generous, [sparse]).differences).toMatchObject([{ version: 10, sameUntil: 5 }]);
  });

  test('each stream that differs has one entry, in order', () => {
    const other = { ...history, stream: 'room-8' };
    const broken = changed((state) => ({ ...state, round: -1 }));
    expect(replayCheck(broken, [history, other]).differences.map(({ stream }) => stream)).toEqual(['room-7', 'room-8']);
  });
});

describe('a history that would pass whatever the code does is refused', () => {
  test.each<[string, Partial<History>]>([
    ['of another decider', { decider: 'lot' }],
    ['without states', { states: [] }],
    ['without events', { events: [], states: [] }],
    ['without the state after its last event', { states: history.states.slice(0, 9) }],
    ['with a state beyond its events', { states: [...history.states, { version: 11, hash: '' }] }],
  ])('%s', (_, change) => {
    expect(() => replayCheck(room, [{ ...history, ...change }])).toThrow(
      expect.objectContaining({ code: 'HISTORY_INVALID', message: expect.stringContaining('room-7') }),
    );
  });
});
