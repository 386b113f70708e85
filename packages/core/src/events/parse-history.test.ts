import { expect, test } from 'vitest';
import { parseHistory } from './parse-history.ts';
import { recordHistory, replayCheck } from './replay-check.ts';
import { room, tenEvents } from './testing/room.ts';

const history = recordHistory(room, 'room-7', tenEvents);

test('what was recorded and written comes back and passes', () => {
  expect(replayCheck(room, [parseHistory(JSON.parse(JSON.stringify(history)))])).toMatchObject({ ok: true });
});

test.each<[unknown, string]>([
  [null, 'the history must be an object'],
  [[], 'the history must be an object'],
  [{ ...history, decider: 7 }, 'decider must be a text'],
  [{ ...history, stream: '' }, 'stream must be a text'],
  [{ ...history, events: {} }, 'events must be a list'],
  [{ ...history, events: [7] }, 'events[0] must be an object'],
  [{ ...history, events: [{ version: 0 }] }, 'events[0].version must be a whole number'],
  [{ ...history, events: [{ version: 1 }] }, 'events[0].type must be a text'],
  [
    { ...history, events: [{ version: 1, type: 'a', typeVersion: '1' }] },
    'events[0].typeVersion must be a whole number',
  ],
  [{ ...history, states: undefined }, 'states must be a list'],
  [{ ...history, states: [{ version: 1, hash: 'abc' }] }, 'states[0].hash must be a SHA-256'],
])('%j is none', (input, message) => {
  expect(() => parseHistory(input)).toThrow(
    expect.objectContaining({ code: 'HISTORY_INVALID', message: expect.stringContaining(message) }),
  );
});
