import { EventsError } from './events-error.ts';
import { isPlainObject } from './json.ts';
import type { History } from './replay-check.ts';

/**
 * A committed history, from the JSON of its file.
 *
 * @throws EventsError `HISTORY_INVALID` naming the first place that is not as {@link History} has it
 */
export function parseHistory(input: unknown): History {
  const history = object(input, 'the history');
  text(history['decider'], 'decider');
  text(history['stream'], 'stream');
  for (const [i, item] of list(history['events'], 'events').entries()) {
    const event = object(item, `events[${i}]`);
    count(event['version'], `events[${i}].version`);
    text(event['type'], `events[${i}].type`);
    count(event['typeVersion'], `events[${i}].typeVersion`);
  }
  for (const [i, item] of list(history['states'], 'states').entries()) {
    const state = object(item, `states[${i}]`);
    count(state['version'], `states[${i}].version`);
    if (typeof state['hash'] !== 'string' || !/^[0-9a-f]{64}$/.test(state['hash']))
      throw invalid(`states[${i}].hash`, 'must be a SHA-256 in hex');
  }
  return input as History;
}

function object(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (isPlainObject(value)) return value;
  throw invalid(place, 'must be an object');
}

function list(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(place, 'must be a list');
}

function text(value: unknown, place: string): void {
  if (typeof value !== 'string' || value === '') throw invalid(place, 'must be a text that is not empty');
}

function count(value: unknown, place: string): void {
  if (!Number.isSafeInteger(value) || Number(value) < 1) throw invalid(place, 'must be a whole number from 1');
}

const invalid = (place: string, why: string): EventsError =>
  new EventsError('HISTORY_INVALID', `In a committed history, ${place} ${why}; record it anew with recordHistory`, {
    place,
  });
