/** What a request is answered when it cannot be done: a status, a code for programs and a sentence for people. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly status: number;
  /** Such as `DUPLICATE_TEAMS`. */
  readonly code: string;
  /** More that goes into the answer. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Seconds after which to ask again. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    { retryAfter, ...fields }: Readonly<Record<string, unknown>> & { readonly retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }
}
