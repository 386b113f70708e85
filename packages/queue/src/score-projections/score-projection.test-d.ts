import { test } from 'vitest';
import { eventLog, projection, tableLog } from '../index.ts';

test('a fold of scores takes what has a meaning for scores, and says of anything else at compile time that it does not', () => {
  const plays = tableLog('play', { key: ['player', 'run'], subject: 'player', fields: { score: 'score' } });
  const fields = { score: { type: 'int', min: 0, max: 9 } } as const;
  const fold = { initial: 0, step: (n: number) => n + 1 };
  const first = projection('first', { from: plays, fields, fold });
  projection('second', { from: first.of, fold, after: [first] });
  // @ts-expect-error it reads all items of a subject each time, in their order
  projection('third', { from: first.of, fold, ordered: true });
  // @ts-expect-error of events there is an order to keep; a table has the order of its key
  projection('fourth', { from: plays, fields, fold, ordered: false });
  const played = eventLog('game', { types: [] });
  const ofEvents = projection('of_events', { from: played, fold });
  // @ts-expect-error a fold of events passes positions of a log, of which scores have none
  projection('fifth', { from: first.of, fold, after: [ofEvents] });
});
