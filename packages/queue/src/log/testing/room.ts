import { type Decider, decider, type EventType, eventType, refuse } from '@scorekeep/core/events';
import { type EventLog, type EventLogDefinition, eventLog } from '../event-log.ts';
import { schemaOf } from './game.ts';

interface Joined {
  readonly player: string;
}
interface Scored {
  readonly player: string;
  readonly points: number;
}

export const joined: EventType<'joined', Joined, Joined> = eventType('joined', {
  schema: schemaOf<Joined>((data) => typeof data['player'] === 'string'),
});
export const scored: EventType<'scored', Scored, Scored> = eventType('scored', {
  schema: schemaOf<Scored>((data) => typeof data['player'] === 'string' && Number.isInteger(data['points'])),
});

/** Points by player. */
export type RoomState = Readonly<Record<string, number>>;
export type RoomCommand = { readonly player: string; readonly points?: number };

/** A room: who plays, and with how many points. */
export const room: Decider<RoomState, RoomCommand, typeof joined | typeof scored, string> = decider('room', {
  types: [joined, scored],
  initialState: {} as RoomState,
  decide: ({ player, points }, state) => {
    if (points === undefined) return player in state ? refuse('is in') : [{ type: 'joined', data: { player } }];
    return player in state ? [{ type: 'scored', data: { player, points } }] : refuse('is not in');
  },
  evolve: (state, { type, value }) => ({
    ...state,
    [value.player]: (state[value.player] ?? 0) + (type === 'scored' ? value.points : 0),
  }),
});

/** A log of rooms; the options are the test's. */
export const roomLog = (
  name: string,
  options: Partial<EventLogDefinition<typeof joined | typeof scored>> = {},
): EventLog<typeof joined | typeof scored> => eventLog(name, { types: [joined, scored], ...options });

/** An event for {@link roomLog}. */
export const points = (player: string, points: number) => ({ type: 'scored' as const, data: { player, points } });
