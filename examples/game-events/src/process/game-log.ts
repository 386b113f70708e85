import { type EventLog, eventLog } from '@scorekeep/queue';
import { EVENT_TYPES, NEXT_EVENT_TYPES } from '../event-types/index.ts';

/** Looked at when the program is loaded, as the settings read it; a value that is neither 1 nor 2 is refused there. */
const types = Number(process.env['GAME_ENDED_VERSION']) === 2 ? NEXT_EVENT_TYPES : EVENT_TYPES;

/**
 * The log of everything that happens in the game. Events are kept for 90 days, and so are ids that carry their time; a game
 * that a phone sends late is taken for a year, and quarantined beyond.
 */
export const game: EventLog = eventLog('game', {
  types,
  retain: '90 days',
  horizon: '90 days',
  limits: { events: 1_000 },
});
