import { randomBytes } from 'node:crypto';
import { eventType } from '@scorekeep/core/events';
import { z } from 'zod';
import { type EventLog, eventLog } from '../../src/index.ts';

const gameEnded = eventType('game_ended', {
  schema: z.object({
    user_id: z.string().max(255),
    game_mode: z.enum(['endless', 'story']),
    score: z.int().min(0),
    duration_seconds: z.number().min(0),
    coins_collected: z.int().min(0),
  }),
  subject: (event) => event.user_id,
});

/** The log that both sides of the benchmark write to. */
export const benchLog: EventLog<typeof gameEnded> = eventLog('bench', { types: [gameEnded] });

/** An event as a client sends it. */
export interface SentEvent {
  readonly id: string;
  readonly type: 'game_ended';
  readonly time: string;
  readonly data: {
    readonly user_id: string;
    readonly game_mode: 'endless';
    readonly score: number;
    readonly duration_seconds: number;
    readonly coins_collected: number;
  };
}

let made = 0;

/** A new event with a time-ordered id, of one of 20 000 users, with about 110 bytes of data. */
export function newEvent(): SentEvent {
  made++;
  return {
    id: uuidV7(),
    type: 'game_ended',
    time: new Date().toISOString(),
    data: {
      user_id: `user-${(made * 7919) % 20_000}`,
      game_mode: 'endless',
      score: made % 1_000,
      duration_seconds: 60 + (made % 600) / 10,
      coins_collected: made % 50,
    },
  };
}

let pool = Buffer.alloc(0);

/** RFC 9562 §5.7; random bytes are drawn by the thousand, because drawing them one by one would be most of the cost. */
function uuidV7(): string {
  if (pool.length < 10) pool = randomBytes(10_000);
  const random = pool.subarray(0, 10).toString('hex');
  pool = pool.subarray(10);
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
