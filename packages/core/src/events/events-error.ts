/**
 * What is wrong with a definition or with stored events. What a client sends is never an error: it gets a {@link Reason}.
 *
 * - `DEFINITION_INVALID`: an event type, window, limit or decider that is not well formed
 * - `ASYNC_SCHEMA`: a schema that validates asynchronously, which ingest cannot wait for
 * - `TYPE_UNKNOWN`: a stored event of a type that the decider does not list
 * - `EVENT_UNREADABLE`: a stored event that no longer passes its upcasters and schema
 * - `VERSION_GAP`: the events of a stream do not follow one another
 * - `VALUE_INVALID`: a state, or the data of an event, that JSON cannot hold
 * - `SNAPSHOT_CORRUPT`: a snapshot whose state is not the one that was hashed
 * - `HISTORY_INVALID`: a committed history that is not well formed
 */
export type EventsErrorCode =
  | 'DEFINITION_INVALID'
  | 'ASYNC_SCHEMA'
  | 'TYPE_UNKNOWN'
  | 'EVENT_UNREADABLE'
  | 'VERSION_GAP'
  | 'VALUE_INVALID'
  | 'SNAPSHOT_CORRUPT'
  | 'HISTORY_INVALID';

/** A mistake of the program, or of what it stored; `fields` hold the facts of the message, and never a payload. */
export class EventsError extends Error {
  override readonly name = 'EventsError';
  readonly code: EventsErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: EventsErrorCode, message: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}
