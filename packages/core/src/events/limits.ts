import { EventsError } from './events-error.ts';

/** Sizes that an event, or a request of events, may have. Each is an option; the reason of a refusal names it. */
export interface EventLimits {
  /** UTF-8 bytes of a request's text, before anything is parsed. */
  readonly requestBytes: number;
  /** Events of one request; those after them are refused one by one. */
  readonly events: number;
  /** UTF-8 bytes of one event's data, as compact JSON. */
  readonly bytes: number;
  /** Objects and lists inside one another; the data itself is the first. */
  readonly depth: number;
  /** Keys of all objects and elements of all lists in one event's data. */
  readonly keys: number;
  /** UTF-16 code units of one text or key. */
  readonly text: number;
  /** UTF-16 code units of an id, a source or a subject. */
  readonly attribute: number;
  /** Extension attributes of one event. */
  readonly extensions: number;
}

/** What holds where a host says nothing. */
export const DEFAULT_LIMITS: EventLimits = {
  requestBytes: 8 * 2 ** 20,
  events: 10_000,
  bytes: 64 * 2 ** 10,
  depth: 16,
  keys: 1_000,
  text: 16 * 2 ** 10,
  attribute: 255,
  extensions: 16,
};

/** @throws EventsError `DEFINITION_INVALID` for a limit that does not exist or is no whole number of at least 1 */
export function limitsOf(given: Partial<EventLimits> = {}): EventLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      const known = Object.keys(DEFAULT_LIMITS).join(', ');
      throw new EventsError('DEFINITION_INVALID', `There is no limit "${name}"; there are ${known}`, { name });
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new EventsError('DEFINITION_INVALID', `limits.${name} must be a whole number of at least 1, got ${value}`, {
        name,
        value,
      });
    }
  }
  return { ...DEFAULT_LIMITS, ...given };
}
