import { ScorekeepError } from '@scorekeep/queue';
import { HostError } from './host-error.ts';

/** What a failed request is answered; `unexpected` is for the log. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly statusCode: number; readonly code: string; readonly message: string };
  readonly retryAfter: number | undefined;
  /** Code of an error that nobody foresaw. */
  readonly unexpected: string | undefined;
}

/**
 * The answer to an error: a {@link HostError} as it is, Fastify's own by their status, a value that Postgres cannot hold
 * as 400, a Postgres that cannot be reached as 503, anything else as 500 without a word of it.
 */
export function answerError(error: unknown): ErrorAnswer {
  if (error instanceof HostError) return answer(error.status, error.code, error.message, error);
  const code = codeOf(error);
  const known = FASTIFY[code];
  if (known !== undefined) return answer(...known);
  if (code === 'FST_ERR_VALIDATION') return answer(400, 'INPUT_INVALID', (error as Error).message);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (code.startsWith('FST_') && typeof status === 'number' && status < 500) {
    return answer(status, 'REQUEST_INVALID', 'The request cannot be read.');
  }
  if (/^22/.test(code)) return answer(400, 'INPUT_INVALID', 'The request holds a value that cannot be stored.');
  if (isInfrastructure(code, error)) {
    return {
      ...answer(503, 'UNAVAILABLE', 'The database cannot be reached; try again.', { retryAfter: 1 }),
      unexpected: code,
    };
  }
  return { ...answer(500, 'INTERNAL_ERROR', 'Something went wrong; it has been logged.'), unexpected: code };
}

function answer(
  statusCode: number,
  code: string,
  message: string,
  { fields = {}, retryAfter }: { fields?: Readonly<Record<string, unknown>>; retryAfter?: number | undefined } = {},
): ErrorAnswer {
  return { status: statusCode, body: { ...fields, statusCode, code, message }, retryAfter, unexpected: undefined };
}

const FASTIFY: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'BODY_TOO_LARGE', 'The body is larger than this service takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'MEDIA_TYPE_UNSUPPORTED', 'Send JSON, with Content-Type: application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'BODY_INVALID', 'The body is empty; JSON was expected.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'BODY_INVALID', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'BODY_INVALID', 'The body has another length than it says.'],
};

const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && /^[A-Za-z0-9_]{1,60}$/.test(code)) return code;
  return error instanceof Error ? error.name : 'UNKNOWN';
};

/** Classes of SQLSTATE, and what Node and pg say when there is no connection. */
function isInfrastructure(code: string, error: unknown): boolean {
  if (/^(08|53|57P)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH)$/.test(code))
    return true;
  if (error instanceof ScorekeepError) return ['CONNECT_FAILED', 'STOPPED'].includes(code);
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout exceeded when trying to connect)|is not queryable$/.test(error.message)
  );
}
