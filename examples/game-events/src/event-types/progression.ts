import { z } from 'zod';
import { define } from './define.ts';
import { count, ordinal, word } from './fields.ts';

/** What a player has got to. */
export const PROGRESSION = [
  define('skin_unlocked', {
    skin_id: word,
    skin_name: word,
    unlock_method: z.enum(['purchase', 'reward', 'achievement']),
    cost_coins: count.optional(),
    cost_gems: count.optional(),
  }),
  define('skin_equipped', { skin_id: word, skin_name: word, previous_skin_id: word.optional() }),
  define('achievement_unlocked', {
    achievement_id: word,
    achievement_name: word,
    achievement_tier: word,
    achievement_category: word,
    reward_coins: count,
    reward_gems: count,
  }),
  define('mission_completed', {
    mission_id: word,
    mission_type: word,
    mission_difficulty: word,
    reward_coins: count,
    completion_time_seconds: count,
  }),
  define(
    'daily_streak_claimed',
    {
      day_in_cycle: z.int().min(1).max(7),
      current_streak: ordinal,
      current_cycle: count,
      reward_type: word,
      reward_amount: count,
      reward_set: z.enum(['new_player', 'experienced']),
    },
    { cycle: ({ day_in_cycle, current_streak }) => day_in_cycle <= current_streak },
  ),
  define('level_unlocked', {
    level_id: ordinal,
    zone_id: ordinal,
    level_name: word,
    unlock_method: z.enum(['progression', 'purchase']),
  }),
] as const;
