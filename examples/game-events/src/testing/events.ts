/** An event as a client sends it. */
export interface SentEvent {
  readonly event_id?: string;
  readonly event_type: string;
  readonly user_id: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** The end of an endless game, now unless `at` says otherwise. */
export const ended = (user: string, score: number, more: Readonly<Record<string, unknown>> = {}): SentEvent => ({
  event_type: 'game_ended',
  user_id: user,
  timestamp: new Date().toISOString(),
  game_mode: 'endless',
  score,
  duration_seconds: 60,
  ...more,
});

/** The guide's own test event. */
export const launched = (user: string, more: Readonly<Record<string, unknown>> = {}): SentEvent => ({
  event_type: 'app_launched',
  user_id: user,
  timestamp: new Date().toISOString(),
  ...more,
});

export const earned = (user: string, amount: number): SentEvent => ({
  event_type: 'currency_earned',
  user_id: user,
  timestamp: new Date().toISOString(),
  currency_type: 'coins',
  amount,
  source: 'game_reward',
  source_id: 'run',
  balance_before: 0,
  balance_after: amount,
});
