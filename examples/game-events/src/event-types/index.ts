import type { EventType } from '@scorekeep/core/events';
import { ECONOMY } from './economy.ts';
import { ENGAGEMENT } from './engagement.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { PROGRESSION } from './progression.ts';
import { SESSION } from './session.ts';

export { isUrgent, priorityOf } from './priority.ts';

/** The 28 types of events that the game sends. A new one is a line here: no list in the database has to follow. */
export const EVENT_TYPES: readonly EventType[] = [
  ...LIFECYCLE,
  ...SESSION,
  ...ECONOMY,
  ...PROGRESSION,
  ...ENGAGEMENT,
] as readonly EventType[];
