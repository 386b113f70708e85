import { tumblingWindows } from '@scorekeep/core/events';
import type { LoggedEvent } from '@scorekeep/queue';
import { game } from './game-log.ts';

/** What one event adds to what the game counts; a line of the statements of {@link applyEffects}. */
export interface Effect {
  readonly shard: number;
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly user: string;
  /** When it happened and when it was written, in Unix milliseconds. */
  readonly at: number;
  readonly received: number;
  readonly platform: string | null;
  readonly nickname: string | null;
  /** Of a game that ended. */
  readonly score: number;
  readonly seconds: number;
  readonly endless: boolean;
  /** Coins or gems that were earned or spent. */
  readonly coins: number;
  readonly gems: number;
  /** The week of an endless game that ended, as its tournament begins, in Unix milliseconds. */
  readonly week: number | null;
}

/** An event whose data the present code cannot read. It fails alone, as one that the database refuses. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly code = 'EVENT_UNREADABLE';
}

/** An event of a newer release than this process: it is left, unread, to processes of that release. */
class Newer extends Error {
  override readonly name = 'Newer';
  readonly code = 'EVENT_NEWER';
}

/**
 * While an old and a new release run side by side the old one meets events that it does not know.
 *
 * @throws Newer when one of them is of a type, or of a version of its type, that this process does not know
 */
export function assertKnown(events: readonly LoggedEvent[]): void {
  const newer = events.find(({ type, typeVersion }) => typeVersion > (TYPES.get(type)?.version ?? 0));
  if (newer !== undefined) throw new Newer(`Events of the type ${newer.type} are left to a newer release.`);
}

/**
 * What an event adds. Pure.
 *
 * @throws Unreadable when the event's data is not as its type says
 */
export function effectOf(event: LoggedEvent): Effect {
  const reading = TYPES.get(event.type)?.read(event.data, event.typeVersion);
  if (reading?.ok !== true) throw new Unreadable(`An event of the type ${event.type} cannot be read.`);
  const data = reading.value as Readonly<Record<string, unknown>>;
  const ended = event.type === 'game_ended';
  const endless = data['game_mode'] === 'endless';
  const amount = event.type.startsWith('currency_') ? Number(data['amount']) : 0;
  return {
    shard: event.shard,
    position: event.position,
    id: event.id,
    type: event.type,
    user: event.subject,
    at: event.time,
    received: event.recordedAt,
    platform: PLATFORMS.has(data['platform']) ? String(data['platform']) : null,
    nickname: typeof data['nickname'] === 'string' ? data['nickname'] : null,
    score: ended ? Number(data['score']) : 0,
    seconds: ended ? Number(data['duration_seconds']) : 0,
    endless,
    coins: data['currency_type'] === 'coins' ? amount : 0,
    gems: data['currency_type'] === 'gems' ? amount : 0,
    week: ended && endless ? weekOf(event.time).start : null,
  };
}

/** The week of a tournament: from Monday 00:00 UTC. */
export const weekOf: (at: number) => { start: number; end: number } = tumblingWindows({
  every: 'week',
  timeZone: 'UTC',
});

const TYPES = new Map(game.types.map((type) => [type.name, type]));
const PLATFORMS: ReadonlySet<unknown> = new Set(['ios', 'android']);
