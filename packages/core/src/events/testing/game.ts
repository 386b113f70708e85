import { z } from 'zod';
import { eventType } from '../event-type.ts';

/** A run of a game on a phone, as it ends. */
export const gameEnded = eventType('game_ended', {
  schema: z.object({
    user_id: z.string().min(1).max(255),
    score: z.number().int().min(0),
    duration_seconds: z.number().min(0),
    hearts_remaining: z.number().int().min(0).max(10).optional(),
    cause: z.enum(['obstacle', 'gave_up']).optional(),
  }),
  subject: ({ user_id }) => user_id,
  urgent: true,
  plausible: {
    scoreRate: { rate: 'score', per: 'duration_seconds', most: 2, atOnce: 10 },
    deadWithHearts: { never: { cause: 'obstacle', hearts_remaining: { least: 1 } } },
    possible: ({ score }) => score < 1_000_000,
  },
});

/** Without a subject of its own. */
export const appLaunched = eventType('app_launched', { schema: z.looseObject({ build: z.number().optional() }) });

/** 2026-06-11T19:00:00Z, as the first match of the World Cup begins. */
export const NOW: number = Date.UTC(2026, 5, 11, 19);

export const game = (data: object = {}, attributes: object = {}): Record<string, unknown> => ({
  id: 'run-1',
  source: '/phone/7',
  type: 'game_ended',
  time: '2026-06-11T18:59:00Z',
  data: { user_id: 'ann', score: 12, duration_seconds: 30, ...data },
  ...attributes,
});
