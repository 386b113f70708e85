import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decider, isRefused } from './decider.ts';
import { eventType } from './event-type.ts';
import { foldStream } from './fold-stream.ts';
import { type Command, type Room, room, roundPoints, tenEvents } from './testing/room.ts';

describe('the room of the examples', () => {
  test.each([
    [0, 0, 0, 3],
    [0, 2, 0, -2],
    [3, 3, 0, 8],
    [2, 4, 0, -2],
    [3, 3, 1, 16],
    [0, 0, 2, 9],
    [8, 8, 3, 52],
    [0, 5, 1, -10],
    [1, 0, 0, -1],
  ])(
    'declared %i, captured %i, %i redeals: %i points, as its published rules say',
    (piles, captured, redeals, points) => {
      expect(roundPoints(piles, captured, redeals)).toBe(points);
    },
  );

  test('decides events, or refuses with a value', () => {
    const { state } = foldStream(room, tenEvents);
    const decide = (command: Command) => room.decide(command, state);
    expect(decide({ kind: 'declare', seat: 3, piles: 0 })).toEqual([{ type: 'declared', data: { seat: 3, piles: 0 } }]);
    const refused = decide({ kind: 'declare', seat: 0, piles: 0 });
    expect(isRefused(refused) && refused.refused).toEqual({ code: 'not-your-turn', turn: 3 });
    expect(decide({ kind: 'score', captured: [0, 0, 0, 0] })).toEqual({ refused: { code: 'not-declared' } });
  });

  test('what it decides folds on', () => {
    const commands: readonly Command[] = [
      { kind: 'start', redeals: 0 },
      ...[0, 3, 2, 0].map((piles, seat): Command => ({ kind: 'declare', seat, piles })),
      { kind: 'score', captured: [0, 3, 4, 2] },
    ];
    let folded: { state: Room; version: number } = { state: room.initialState, version: 0 };
    for (const command of commands) {
      const decision = room.decide(command, folded.state);
      const events = isRefused(decision) ? [] : decision;
      folded = foldStream(
        room,
        events.map(({ type, data }, i) => ({
          type,
          data,
          version: folded.version + i + 1,
          typeVersion: room.types.find(({ name }) => name === type)?.version ?? 0,
        })),
        folded,
      );
    }
    expect(folded).toEqual(foldStream(room, tenEvents.slice(0, 6)));
  });
});

describe('the identity of a fold', () => {
  const counted = eventType('counted', { schema: z.object({}) });
  const later = eventType('counted', { schema: z.object({}), version: 2, upcast: { 1: (data) => data } });
  const options = {
    types: [counted],
    initialState: { n: 0 },
    decide: (_: unknown) => [],
    evolve: ({ n }: { n: number }) => ({ n: n + 1 }),
  };
  const { foldHash } = decider('counter', options);

  test("of the room is the hash that Python's hashlib gives", () => {
    expect(room.foldHash).toBe('33e3e041e8c2a7c66fbd08df04a2bbc1fccdb25ec0a3700a4e7eb4714a0ef429');
  });

  test('changes with the name, the version, the types, their versions and the initial state, and with nothing else', () => {
    const others = [
      decider('other', options),
      decider('counter', { ...options, version: 2 }),
      decider('counter', { ...options, types: [counted, eventType('reset', { schema: z.object({}) })] }),
      decider('counter', { ...options, types: [later] }),
      decider('counter', { ...options, initialState: { n: 1 } }),
    ];
    expect(new Set([foldHash, ...others.map((other) => other.foldHash)]).size).toBe(6);
    expect(decider('counter', { ...options }).foldHash).toBe(foldHash);
  });

  test('an evolve that writes into the initial state fails at once', () => {
    const broken = decider('counter', {
      ...options,
      initialState: { list: [0] },
      evolve: (state: { list: number[] }) => {
        state.list.push(1);
        return state;
      },
    });
    expect(() => foldStream(broken, [{ version: 1, type: 'counted', typeVersion: 1, data: {} }])).toThrow(TypeError);
  });

  test('needs an initial state that is JSON, and well-formed options', () => {
    expect(() => decider('counter', { ...options, initialState: new Map() as never })).toThrow(
      expect.objectContaining({ code: 'VALUE_INVALID' }),
    );
    for (const wrong of [{ version: 0 }, { types: [] }, { types: [counted, later] }]) {
      expect(() => decider('counter', { ...options, ...wrong })).toThrow(
        expect.objectContaining({ code: 'DEFINITION_INVALID' }),
      );
    }
    expect(() => decider('', options)).toThrow(expect.objectContaining({ code: 'DEFINITION_INVALID' }));
  });
});
