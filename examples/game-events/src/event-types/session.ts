import { z } from 'zod';
import { define } from './define.ts';
import { count, gameMode, hearts, ordinal, word } from './fields.ts';

const level = { level_id: ordinal, zone_id: ordinal } as const;

const ended = {
  game_mode: gameMode,
  score: count,
  duration_seconds: count,
  obstacles_dodged: count.default(0),
  coins_collected: count.default(0),
  gems_collected: count.default(0),
  hearts_remaining: hearts.default(0),
  cause_of_death: word.default('unknown'),
  max_combo: count.default(0),
  powerups_used: z.array(word).max(100).default([]),
  level_id: ordinal.optional(),
  zone_id: ordinal.optional(),
  level_name: word.optional(),
} as const;
const endedPlausibly = {
  // The fastest game on record makes 4 points a second; a bonus at the start is worth up to 100.
  scoreRate: { rate: 'score', per: 'duration_seconds', most: 10, atOnce: 100 },
  coinRate: { rate: 'coins_collected', per: 'duration_seconds', most: 20, atOnce: 100 },
  oneSitting: { field: 'duration_seconds', most: 86_400 },
  alive: { never: { cause_of_death: 'obstacle_collision', hearts_remaining: { least: 1 } } },
} as const;

/** The end of a game: what leaderboards are made of. */
const gameEnded = define('game_ended', ended, endedPlausibly);

/** The same in the next release, which says how often a game was continued; those of before were not, as far as anybody knows. */
export const gameEnded2 = define('game_ended', { ...ended, continues_used: count }, endedPlausibly, {
  version: 2,
  upcast: { 1: (data) => ({ ...data, continues_used: 0 }) },
});

/** Games and levels. */
export const SESSION = [
  define('game_started', {
    game_mode: gameMode,
    selected_jet: word.optional(),
    selected_skin: word.optional(),
    hearts_remaining: hearts.optional(),
    powerups_active: z.array(word).max(100).default([]),
  }),
  gameEnded,
  define('game_paused', { game_mode: gameMode, score_at_pause: count, time_played_seconds: count }),
  define('game_resumed', { game_mode: gameMode, pause_duration_seconds: count }),
  define('continue_used', {
    game_mode: gameMode,
    score_at_death: count,
    continue_type: z.enum(['ad_watch', 'gem_purchase', 'coin_purchase']),
    cost_coins: count,
    cost_gems: count,
    lives_restored: ordinal,
    continues_used_this_run: ordinal,
  }),
  define('level_started', {
    ...level,
    level_name: word,
    difficulty: word,
    objective_type: word,
    attempt_number: ordinal,
    hearts_remaining: hearts,
    is_first_attempt: z.boolean(),
  }),
  define(
    'level_completed',
    {
      ...level,
      score: count,
      stars: z.int().min(0).max(3).default(0),
      time_seconds: count,
      hearts_remaining: hearts,
      first_attempt: z.boolean(),
      level_name: word.optional(),
      objective_type: word.optional(),
      continues_used: count.default(0),
    },
    { scoreRate: { rate: 'score', per: 'time_seconds', most: 10, atOnce: 100 } },
  ),
  define('level_failed', {
    ...level,
    level_name: word,
    score: count,
    objective_target: count,
    objective_type: word,
    cause_of_death: word,
    time_survived_seconds: count,
    hearts_remaining: hearts,
    continues_used: count,
    is_first_attempt: z.boolean().optional(),
  }),
] as const;
