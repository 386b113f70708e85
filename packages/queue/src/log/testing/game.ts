import { type EventType, eventType, type StandardSchema } from '@scorekeep/core/events';
import { type EventLog, type EventLogDefinition, eventLog } from '../event-log.ts';

/** The end of a game, as a client of a game sends it. */
export interface GameEnded {
  readonly user_id: string;
  readonly score: number;
  readonly seconds: number;
}

/** A schema by hand: what `holds` is taken. */
export function schemaOf<T>(holds: (data: Record<string, unknown>) => boolean): StandardSchema<T, T> {
  const validate = (value: unknown): { value: T } | { issues: { message: string; path: string[] }[] } => {
    const data = value as Record<string, unknown>;
    return holds(data) ? { value: value as T } : { issues: [{ message: 'is not as it should be', path: [] }] };
  };
  return { '~standard': { version: 1, vendor: 'by hand', validate } };
}

const number = (value: unknown): boolean => typeof value === 'number';

export const gameEnded: EventType<'game_ended', GameEnded, GameEnded> = eventType('game_ended', {
  schema: schemaOf<GameEnded>(
    (data) => typeof data['user_id'] === 'string' && number(data['score']) && number(data['seconds']),
  ),
  subject: (event) => event.user_id,
  plausible: { scoreRate: { rate: 'score', per: 'seconds', most: 2 } },
  fields: { required: ['user_id', 'score', 'seconds'], optional: [] },
});

const purchased: EventType<'purchased', { readonly sku: string }, { readonly sku: string }> = eventType('purchased', {
  schema: schemaOf<{ readonly sku: string }>((data) => typeof data['sku'] === 'string'),
  urgent: true,
});

/** A log of a game; the options are the test's. */
export const gameLog = (options: Partial<EventLogDefinition<EventType>> = {}, name = 'game'): EventLog =>
  eventLog<EventType>(name, { types: [gameEnded, purchased], ...options });

/** The n-th event of a user, as it is sent; equal for equal arguments. */
export function ended(n: number, user = `user-${n % 50}`, data: Partial<GameEnded> = {}): Record<string, unknown> {
  return { id: `event-${n}`, type: 'game_ended', data: { user_id: user, score: n % 100, seconds: 60, ...data } };
}

/** A UUID of version 7 that was made at a time, in Unix milliseconds; the same one each time. */
export function idOfTime(milliseconds: number): string {
  const hex = milliseconds.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
