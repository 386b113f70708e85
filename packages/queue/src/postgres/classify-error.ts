/**
 * What a failed statement means for the work that was under way.
 * - `retry`: the database or the moment was wrong, not the work; try again, charge nothing.
 * - `data`: something in the rows cannot be computed or stored; narrow down to the row and park it.
 * - `broken`: the program, the schema or the rights are wrong; retrying soon will not help and no row is to blame.
 */
export type Verdict = 'retry' | 'data' | 'broken';

/** Judges an error by its SQLSTATE, or by the driver's own code when the connection failed. */
export function classifyError(error: unknown): Verdict {
  const code = sqlState(error);
  if (code === undefined) return isConnectionLost(error) ? 'retry' : 'broken';
  if (code === UNIQUE_VIOLATION) return isOurScore(error) ? 'retry' : 'data';
  if (RETRY_STATES.has(code) || RETRY_CLASSES.has(code.slice(0, 2))) return 'retry';
  return code.startsWith('22') || code.startsWith('23') ? 'data' : 'broken';
}

const UNIQUE_VIOLATION = '23505';
/** read-only after a failover, serialization, deadlock, lock and statement time-outs, shutdown and its kin */
const RETRY_STATES = new Set(['25006', '40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P05']);
/** connection, insufficient resources */
const RETRY_CLASSES = new Set(['08', '53']);

/** Statement time-out, out of memory, a limit of the configuration: less at once may do. */
export const asksTooMuch = (code: string): boolean => TOO_MUCH.has(code);

const TOO_MUCH: ReadonlySet<string> = new Set(['57014', '53200', '53400']);

/** The five characters of an error that Postgres raised. */
export function sqlState(error: unknown): string | undefined {
  const code = partOf(error, 'code');
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E') ? code : undefined;
}

/** Whether Postgres could not read a text as a value of its column's type: such a key or subject is nobody's. */
export function isNoValue(error: unknown): boolean {
  return ['22P02', '22021', '22003', '22007', '22008'].includes(sqlState(error) ?? '');
}

/** A name for an error that can be shown anywhere: its code, else its class. Messages may quote a row; codes do not. */
export function codeOf(error: unknown): string {
  const code = partOf(error, 'code') ?? partOf(error, 'name');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'unknown';
}

/** A property of whatever was thrown: it may be anything, with a getter that throws itself. */
export function partOf(thrown: unknown, name: string): unknown {
  try {
    return (thrown as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/**
 * Two runs met on one item: the other has scored it, so this slice reads again and finds it done. Every score table is
 * ours by name, and its primary key is the only unique index on it.
 */
function isOurScore(error: unknown): boolean {
  return /^score_.*_pkey$/.test(textOf(error, 'constraint'));
}

function isConnectionLost(error: unknown): boolean {
  return (
    /^(STOPPED$|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(textOf(error, 'code')) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool/i.test(
      textOf(error, 'message'),
    )
  );
}

function textOf(thrown: unknown, name: string): string {
  const part = partOf(thrown, name);
  return typeof part === 'string' ? part : '';
}
