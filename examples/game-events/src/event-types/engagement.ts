import { z } from 'zod';
import { define } from './define.ts';
import { count, ordinal, word } from './fields.ts';

/** What a player looks at, shares and reacts to. */
export const ENGAGEMENT = [
  define('leaderboard_viewed', {
    leaderboard_type: z.enum(['global', 'tournament', 'friends']),
    user_rank: count.optional(),
  }),
  define('tournament_entered', {
    tournament_id: word,
    tournament_name: word,
    tournament_tier: word.optional(),
    entry_type: word.optional(),
    entry_cost: count.optional(),
    total_tries: ordinal.optional(),
  }),
  define('ad_watched', {
    ad_type: z.enum(['rewarded', 'interstitial', 'banner']),
    ad_placement: word,
    reward_type: word.optional(),
    reward_amount: count.optional(),
  }),
  define('share_clicked', {
    share_type: z.enum(['score', 'achievement', 'invite']),
    // Here it is where to: a field of this name has another meaning in all other events.
    platform: word.optional(),
    score_shared: count.optional(),
  }),
  define('notification_received', {
    notification_type: word,
    notification_title: word.optional(),
    opened: z.boolean(),
  }),
] as const;
