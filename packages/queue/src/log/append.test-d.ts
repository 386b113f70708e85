import { expectTypeOf, test } from 'vitest';
import type { Keep } from '../keep.ts';
import type { FoldedStream } from './fold-stream.ts';
import { gameLog } from './testing/game.ts';
import { type RoomState, room, roomLog } from './testing/room.ts';

declare const keep: Keep;
const rooms = roomLog('rooms');
const any = { expectedVersion: 'any' } as const;

test('a stream takes events of the types of its log, with the data that their schemas take', () => {
  keep.append(rooms, 'r', [{ type: 'joined', data: { player: 'ann' } }], any);
  // @ts-expect-error there is no such type in the log
  keep.append(rooms, 'r', [{ type: 'left', data: { player: 'ann' } }], any);
  // @ts-expect-error points are missing
  keep.append(rooms, 'r', [{ type: 'scored', data: { player: 'ann' } }], any);
  // @ts-expect-error what is expected must be said
  keep.append(rooms, 'r', [{ type: 'joined', data: { player: 'ann' } }], {});
});

test('a fold has the state of its decider, and a log is made by eventLog', () => {
  expectTypeOf(keep.fold(rooms, 'r', room)).resolves.toEqualTypeOf<FoldedStream<RoomState>>();
  keep.ingest(gameLog(), {});
  // @ts-expect-error a name is no log
  keep.ingest('game', {});
});
