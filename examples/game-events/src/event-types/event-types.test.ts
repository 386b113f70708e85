import { eventParser } from '@scorekeep/core/events';
import { expect, test } from 'vitest';
import { toLogEvents } from '../translate.ts';
import { EVENT_TYPES, isUrgent, priorityOf } from './index.ts';

const NOW = Date.UTC(2026, 5, 11, 19);
const parser = eventParser({ types: EVENT_TYPES, source: '/game' });
const judge = (event: object) => {
  const common = { user_id: 'ann', timestamp: '2026-06-11T19:00:00.000Z' };
  return parser.parse(toLogEvents({ ...common, ...event }, 'key', NOW)[0], NOW);
};

/** One of each type, with what it must have. */
const SAMPLES: Readonly<Record<string, object>> = {
  app_installed: {},
  app_launched: {},
  user_registered: { registration_method: 'device_id' },
  settings_changed: { setting_name: 'sound', old_value: true, new_value: false },
  app_uninstalled: { last_seen_at: '2026-06-10T10:00:00+02:00' },
  game_started: { game_mode: 'endless' },
  game_ended: { game_mode: 'story', score: 120, duration_seconds: 60 },
  game_paused: { game_mode: 'endless', score_at_pause: 3, time_played_seconds: 9 },
  game_resumed: { game_mode: 'endless', pause_duration_seconds: 9 },
  continue_used: {
    game_mode: 'endless',
    score_at_death: 5,
    continue_type: 'ad_watch',
    cost_coins: 0,
    cost_gems: 0,
    lives_restored: 1,
    continues_used_this_run: 1,
  },
  level_started: {
    level_id: 1,
    zone_id: 1,
    level_name: 'Dawn',
    difficulty: 'easy',
    objective_type: 'pass',
    attempt_number: 1,
    hearts_remaining: 3,
    is_first_attempt: true,
  },
  level_completed: { level_id: 1, zone_id: 1, score: 10, time_seconds: 30, hearts_remaining: -1, first_attempt: true },
  level_failed: {
    level_id: 1,
    zone_id: 1,
    level_name: 'Dawn',
    score: 3,
    objective_target: 10,
    objective_type: 'pass',
    cause_of_death: 'quit',
    time_survived_seconds: 9,
    hearts_remaining: 0,
    continues_used: 0,
  },
  currency_earned: {
    currency_type: 'coins',
    amount: 5,
    source: 'game_reward',
    source_id: 'r1',
    balance_before: 10,
    balance_after: 15,
  },
  currency_spent: {
    currency_type: 'gems',
    amount: 5,
    spent_on: 'skin_purchase',
    item_id: 'jet',
    balance_before: 10,
    balance_after: 5,
  },
  purchase_initiated: { product_id: 'p', product_type: 'consumable', price_usd: 0.99, currency_code: 'EUR' },
  purchase_completed: {
    product_id: 'p',
    product_type: 'consumable',
    price_usd: 0.99,
    currency_code: 'EUR',
    transaction_id: 't',
  },
  skin_unlocked: { skin_id: 's', skin_name: 'Red', unlock_method: 'reward' },
  skin_equipped: { skin_id: 's', skin_name: 'Red' },
  achievement_unlocked: {
    achievement_id: 'a',
    achievement_name: 'First',
    achievement_tier: 'common',
    achievement_category: 'gameplay',
    reward_coins: 10,
    reward_gems: 0,
  },
  mission_completed: {
    mission_id: 'm',
    mission_type: 'play',
    mission_difficulty: 'easy',
    reward_coins: 10,
    completion_time_seconds: 90,
  },
  daily_streak_claimed: {
    day_in_cycle: 3,
    current_streak: 10,
    current_cycle: 1,
    reward_type: 'coins',
    reward_amount: 50,
    reward_set: 'experienced',
  },
  level_unlocked: { level_id: 2, zone_id: 1, level_name: 'Noon', unlock_method: 'progression' },
  leaderboard_viewed: { leaderboard_type: 'global' },
  tournament_entered: { tournament_id: 'weekly', tournament_name: 'Weekly' },
  ad_watched: { ad_type: 'rewarded', ad_placement: 'game_over' },
  share_clicked: { share_type: 'score', platform: 'a friend' },
  notification_received: { notification_type: 'streak', opened: false },
};

test('the game sends 28 types of events', () => {
  expect(EVENT_TYPES.map(({ name }) => name).sort()).toEqual(Object.keys(SAMPLES).sort());
  expect(EVENT_TYPES).toHaveLength(28);
});

test.each(Object.entries(SAMPLES))('%s is taken with what it must have', (event_type, sample) => {
  expect(judge({ event_type, ...sample })).toMatchObject({ status: 'accepted', event: { subject: 'ann', time: NOW } });
});

test.each(Object.entries(SAMPLES).filter(([, sample]) => Object.keys(sample).length > 0))(
  '%s is rejected without any of it',
  (event_type, sample) => {
    for (const field of Object.keys(sample).filter((name) => !['old_value', 'platform'].includes(name))) {
      expect(judge({ event_type, ...sample, [field]: undefined }), field).toMatchObject({ status: 'rejected' });
    }
  },
);

test.each([
  ['a score that takes longer', { ...SAMPLES['game_ended'], event_type: 'game_ended', score: 701 }, 'scoreRate'],
  [
    'more coins than fly by',
    { ...SAMPLES['game_ended'], event_type: 'game_ended', coins_collected: 1_301 },
    'coinRate',
  ],
  [
    'a game of two days',
    { ...SAMPLES['game_ended'], event_type: 'game_ended', duration_seconds: 172_800 },
    'oneSitting',
  ],
  [
    'a death with hearts left',
    { ...SAMPLES['game_ended'], event_type: 'game_ended', cause_of_death: 'obstacle_collision', hearts_remaining: 1 },
    'alive',
  ],
  [
    'earnings that do not add up',
    { ...SAMPLES['currency_earned'], event_type: 'currency_earned', amount: 6 },
    'balance',
  ],
  ['spending that does not', { ...SAMPLES['currency_spent'], event_type: 'currency_spent', amount: 6 }, 'balance'],
  [
    'a streak shorter than its days',
    { ...SAMPLES['daily_streak_claimed'], event_type: 'daily_streak_claimed', current_streak: 2 },
    'cycle',
  ],
])('%s is quarantined', (_, event, check) => {
  expect(judge(event)).toMatchObject({ status: 'quarantined', doubts: [{ path: check }] });
});

test('the score at the bound is believed', () => {
  expect(judge({ ...SAMPLES['game_ended'], event_type: 'game_ended', score: 700 })).toMatchObject({
    status: 'accepted',
  });
});

test('a field that nobody knows is no reason to reject', () => {
  expect(judge({ event_type: 'app_launched', colour: 'red' })).toMatchObject({
    status: 'accepted',
    event: { data: { colour: 'red' }, drift: { unknown: ['colour'] } },
  });
});

test('the end of a game is urgent, then come levels and money, then who came, then the rest', () => {
  expect(EVENT_TYPES.filter(({ urgent }) => urgent).map(({ name }) => name)).toEqual(['game_ended']);
  const order = ['game_ended', 'level_completed', 'currency_spent', 'app_launched', 'ad_watched', 'unheard_of'];
  expect(order.map(priorityOf)).toEqual([10, 8, 8, 6, 5, 5]);
  expect(order.filter(isUrgent)).toEqual(['game_ended']);
});
