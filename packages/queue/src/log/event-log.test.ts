import { expect, test } from 'vitest';
import { eventLog } from './event-log.ts';
import { gameEnded } from './testing/game.ts';

test('spans are read into milliseconds, and what is left out is for ever or the default', () => {
  const log = eventLog('game', { types: [gameEnded], retain: '90 days', horizon: '1 week' });
  expect(log).toMatchObject({
    retain: 90 * 86_400_000,
    horizon: 7 * 86_400_000,
    source: '/game',
    segmentSize: 1_000_000,
  });
  expect(eventLog('game', { types: [gameEnded] })).toMatchObject({
    retain: null,
    horizon: null,
    erasable: false,
    chained: false,
  });
});

test.each([
  ['Game', {}, 'the name'],
  ['game_1', {}, 'the name'],
  ['x'.repeat(31), {}, 'the name'],
  ['game', { types: [] }, 'event types'],
  ['game', { types: [gameEnded, gameEnded] }, 'different names'],
  ['game', { retain: 'a while' }, 'retain must be a number and a unit'],
  ['game', { horizon: '3 parsecs' }, 'horizon'],
  ['game', { segmentSize: 0 }, 'segmentSize'],
  ['game', { limits: { waiting: -1 } }, 'waiting'],
  ['game', { limits: { patience: 2 ** 31 } }, 'patience must be at most'],
  ['game', { limits: { bytes: 0 } }, 'limits.bytes'],
  ['game', { limits: { colours: 3 } as object }, 'colours'],
  ['game', { source: '' }, 'source'],
])('eventLog(%j, %j) is refused', (name, options, message) => {
  expect(() => eventLog(name, { types: [gameEnded], ...options })).toThrow(
    expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringContaining(message) }),
  );
});
