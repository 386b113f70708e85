import { type EventLog, eventLog } from '@scorekeep/queue';
import { EVENT_TYPES } from '../event-types/index.ts';

/**
 * The log of everything that happens in the game. Events are kept for 90 days, and so are ids that carry their time; a game
 * that a phone sends late is taken for a year, and quarantined beyond.
 */
export const game: EventLog = eventLog('game', {
  types: EVENT_TYPES,
  retain: '90 days',
  horizon: '90 days',
  limits: { events: 1_000 },
});
