/**
 * Everything that Scorekeep itself refuses or finds broken. `code` is stable and listed in docs/errors.md; `fields` hold
 * the facts of the message, so that a host can word it anew. An expected outcome (a rejected prediction, a run that was
 * already under way) is never an error.
 */
export class ScorekeepError extends Error {
  override readonly name = 'ScorekeepError';
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

/** The stable codes, each with the situation that it names. */
export const ERROR_CODES = {
  ALREADY_STARTED: 'start() was called twice on one connection, or instrument() in one process',
  CONNECT_FAILED: 'the database did not accept a connection',
  DEFINITION_INVALID: 'a tableLog, projection or board is not well formed',
  EVENTS_PRUNED: 'a projection was to be rebuilt over a log that no longer has all its events',
  FLOW_TAKEN: 'a flow was enqueued by another transaction while this one enqueued it',
  FORBIDDEN: "the host's authorize refused an administrative action",
  HANDLER_ANSWER: 'a job handler answered or asked for something that its mode does not have',
  HANDLER_ENDS_TRANSACTION: 'a job handler tried to begin or end a transaction',
  HANDLER_OVER: 'the transaction of a job was used after its handler had answered',
  INLINE_TOO_LARGE: 'more items than an inline run takes',
  ISOLATION_TOO_STRICT: 'an inline run was given a transaction whose snapshot is older than its locks',
  ITEM_NOT_FOUND: 'no row of the source has the given key',
  JOB_CHANGED: 'a job has another policy than its queue was made with',
  KEY_NOT_UNIQUE: 'no unique index covers the key of a tableLog',
  LOG_CHANGED: 'a log differs from what the same name was made with',
  MIGRATION_CHANGED: 'an applied migration differs from the file of the same number',
  NOT_CHAINED: 'a log has no hash chains to verify',
  NOT_ERASABLE: 'a log does not seal the data of its subjects',
  NOT_READY: 'a board or a build was to be switched to, and what it rests on has work left to do',
  NO_HISTORY: 'a projection was to be rebuilt at a time of which nothing is recorded',
  PLACE_TAKEN: 'the database has a table under the name that a projection or board needs',
  POOL_TOO_SMALL: 'the connection pool cannot serve the workers',
  PROJECTION_CHANGED: 'a projection or board differs from what the same name and version did before',
  REQUEST_TAKEN: 'an administrative act was given the request key of another',
  ROLLED_BACK: 'a transaction was to be committed after one of its statements had failed',
  RULE_SET_INVALID: 'a rule set does not parse',
  RUN_NOT_FOUND: 'there is no run with this id',
  RUN_PAUSED: 'an inline run met a run of its scope that is paused',
  RUN_STUCK: 'an inline run cannot go on before something is mended',
  SCHEMA_OUTDATED: 'the schema is older than the code, and migrate is off',
  SCHEMA_TOO_NEW: 'the schema is newer than the code',
  STOPPED: 'the connection has been stopped',
  UNAVAILABLE: 'a log takes no events at the moment',
  UNKNOWN_COLUMN: 'a mapped column does not exist',
  UNKNOWN_TABLE: 'a mapped table does not exist',
  WINDOW_OPEN: 'prizes were to be awarded for a window that is not closed',
  WRONG_COLUMN_TYPE: 'a mapped column has a type that its use cannot take',
} as const;

/** One of the stable codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;
