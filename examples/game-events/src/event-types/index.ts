import type { EventType } from '@scorekeep/core/events';
import { ECONOMY } from './economy.ts';
import { ENGAGEMENT } from './engagement.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { PROGRESSION } from './progression.ts';
import { gameEnded2, SESSION } from './session.ts';

export { isUrgent, priorityOf } from './priority.ts';

/** The 28 types of events that the game sends. A new one is a line here: no list in the database has to follow. */
export const EVENT_TYPES: readonly EventType[] = [
  ...LIFECYCLE,
  ...SESSION,
  ...ECONOMY,
  ...PROGRESSION,
  ...ENGAGEMENT,
] as readonly EventType[];

/** The types of the next release, which can run beside this one while it takes its place. */
export const NEXT_EVENT_TYPES: readonly EventType[] = EVENT_TYPES.map((type) =>
  type.name === gameEnded2.name ? (gameEnded2 as EventType) : type,
);
