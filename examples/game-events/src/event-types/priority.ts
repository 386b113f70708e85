/**
 * How much an event's processing matters, higher first, in the guide's order: the end of a game moves leaderboards; levels
 * and money are looked at next; then who came.
 */
const PRIORITIES: Readonly<Record<string, number>> = {
  game_ended: 10,
  level_completed: 8,
  currency_earned: 8,
  currency_spent: 8,
  app_installed: 6,
  app_launched: 6,
};

const ORDINARY = 5;

/** From here on an event does not wait behind others. */
const URGENT = 10;

/** The priority of an event type, 1 to 10; whatever is not named is ordinary. */
export const priorityOf = (type: string): number => PRIORITIES[type] ?? ORDINARY;

/** Whether events of a type are processed before all that are not. */
export const isUrgent = (type: string): boolean => priorityOf(type) >= URGENT;
