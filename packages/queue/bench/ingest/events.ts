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

/** The log of callers in turn with one INSERT per event, emptied with each round, as the tables of these are. */
export const benchLog: EventLog<typeof gameEnded> = eventLog('bench', { types: [gameEnded] });
/** A log that grows as long as it is measured, as that of a host does, to which ready-made rows are written, too. */
export const grownLog: EventLog<typeof gameEnded> = eventLog('grown', { types: [gameEnded] });
/** The same, emptied with each turn: nothing of it ever has to go to its own files. */
export const emptyLog: EventLog<typeof gameEnded> = eventLog('empty', { types: [gameEnded] });

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
let now = { milliseconds: 0, iso: '', prefix: '' };

/** A new event with a time-ordered id, of one of 20 000 users, with about 110 bytes of data. */
export function newEvent(): SentEvent {
  const { id, time } = stamp();
  return {
    id,
    type: 'game_ended',
    time,
    data: {
      user_id: `user-${(made * 7919) % 20_000}`,
      game_mode: 'endless',
      score: made % 1_000,
      duration_seconds: 60 + (made % 600) / 10,
      coins_collected: made % 50,
    },
  };
}

/** The same as JSON, joined by hand: whoever makes load on the cores that are measured should be cheap. */
export function newEventText(): string {
  const { id, time } = stamp();
  return `{"id":"${id}","type":"game_ended","time":"${time}","data":{"user_id":"user-${(made * 7919) % 20_000}","game_mode":"endless","score":${made % 1_000},"duration_seconds":${60 + (made % 600) / 10},"coins_collected":${made % 50}}}`;
}

const NODE = randomBytes(4).toString('hex');

/** A UUID of version 7 (RFC 9562 §5.7) whose random part is drawn once per process and counted on. */
function stamp(): { readonly id: string; readonly time: string } {
  made++;
  const milliseconds = Date.now();
  if (milliseconds !== now.milliseconds) {
    const hex = milliseconds.toString(16).padStart(12, '0');
    now = { milliseconds, iso: new Date(milliseconds).toISOString(), prefix: `${hex.slice(0, 8)}-${hex.slice(8)}` };
  }
  return { id: `${now.prefix}-7000-8000-${NODE}${(made % 65_536).toString(16).padStart(4, '0')}`, time: now.iso };
}
