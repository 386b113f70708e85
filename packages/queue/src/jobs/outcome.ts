/** What a handler answers when a job is neither done nor to be judged by an error. Nothing, or anything else, is done. */
export class Unfinished {
  /** `later` is a retry that is not charged. */
  readonly outcome: 'retry' | 'dead' | 'later';
  readonly code: string;
  readonly afterSeconds: number | undefined;

  constructor(outcome: 'retry' | 'dead' | 'later', code: string, afterSeconds?: number) {
    this.outcome = outcome;
    this.code = safeCode(code);
    // What a handler answers is not to fail the settling, and with it the batch.
    this.afterSeconds = Number.isFinite(afterSeconds) ? Math.min(YEAR, Math.max(0, Number(afterSeconds))) : undefined;
  }
}

/**
 * Not now: the job's effects are undone and it comes back, an attempt charged, after its backoff or `afterSeconds`. When its
 * attempts are used up it is dead-lettered.
 *
 * @param code a word for the reason, stored and shown; not a message: up to 64 of A-Z, a-z, 0-9, `_`, `.`, `:` and `-`
 * @param options `afterSeconds` up to a year; what is no number counts for nothing
 */
export const retry = (code: string, { afterSeconds }: { afterSeconds?: number } = {}): Unfinished =>
  new Unfinished('retry', code, afterSeconds);

/** Never: the job's effects are undone and it goes to the dead letters at once. */
export const dead = (code: string): Unfinished => new Unfinished('dead', code);

const YEAR = 31_536_000;

/** How a job ended. */
export type Outcome = { readonly outcome: 'ok' } | Unfinished;

export const OK: Outcome = { outcome: 'ok' };

/** What may be stored of an error: its code if that is a word, else the class. Messages may quote a payload. */
export function safeCode(code: unknown): string {
  return typeof code === 'string' && /^[\w.:-]{1,64}$/.test(code) ? code : 'Error';
}

/** The code of what was in hand when its process died, and of what ended its process. */
export const WORKER_LOST = 'WORKER_LOST';
