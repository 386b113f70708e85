import { errorCode } from '../logs/error-code.ts';

/** How well something is. */
export type HealthStatus = 'pass' | 'warn' | 'fail';

/** What a check found; undefined for "well". */
export interface Found {
  /** `warn` for what should be looked at but answers. Default `pass`. */
  readonly status?: HealthStatus;
  readonly value?: number;
  /** UCUM. */
  readonly unit?: string;
  /** More numbers, such as those of a pool. */
  readonly details?: Readonly<Record<string, number>>;
}

/** Something that the health of a process hangs on. */
export interface Check {
  /** What it looks at, as `postgres:ping`. */
  readonly name: string;
  /** Rejects when it is not well. The signal is aborted when the time is up. */
  readonly run: (signal: AbortSignal) => Promise<Found | undefined> | Found | undefined;
  /** Whether the process is not ready without it. Default false: it is reported and goes on. */
  readonly required?: boolean;
  /** Default 2 000. */
  readonly timeoutMs?: number;
  /** Default 5 000. */
  readonly everyMs?: number;
}

/** What is known of a check. */
export interface CheckState {
  readonly name: string;
  readonly required: boolean;
  readonly status: HealthStatus;
  readonly value?: number | undefined;
  readonly unit?: string | undefined;
  readonly details?: Readonly<Record<string, number>> | undefined;
  /** Code or class of the error of the last failure, never its text. */
  readonly code?: string | undefined;
  /** When it was last looked at; null before the first time. */
  readonly time: string | null;
}

/** A check that is looked at again and again, one look at a time. */
export interface RunningCheck {
  state(): CheckState;
  /** Whether the last look found it well, or only worth a look. */
  answers(): boolean;
  /** Looks now, or joins the look under way. */
  look(): Promise<void>;
  stop(): void;
}

/**
 * Runs a check in the background, so that a request never waits for it and a thousand requests cost what one does.
 * Of looks that were given up at most two are left hanging: a third would take one more connection and say the same.
 * Failing takes three looks in a row, being well again one: a single lost packet takes nobody out of a load balancer.
 * A check that has not come back for three times its interval counts as failed, whatever it said last.
 *
 * @param onLook called after each look, with the status before it
 */
export function startCheck(check: Check, onLook: (state: CheckState, was: HealthStatus) => void): RunningCheck {
  const { name, required = false, timeoutMs = 2_000, everyMs = 5_000 } = check;
  let found: Found | undefined;
  let code: string | undefined;
  let failures = 0;
  let at: number | undefined;
  let time: string | null = null;
  let told: HealthStatus = 'pass';
  let looking: Promise<void> | undefined;
  let hanging = 0;
  let stopped = false;

  const status = (): HealthStatus => {
    if (at === undefined) return 'warn';
    if (performance.now() - at > STALE_INTERVALS * everyMs + timeoutMs) return 'fail';
    if (failures >= FAILURES_IN_A_ROW) return 'fail';
    return failures > 0 ? 'warn' : (found?.status ?? 'pass');
  };
  const state = (): CheckState => ({
    name,
    required,
    status: status(),
    value: found?.value,
    unit: found?.unit,
    details: found?.details,
    code,
    time,
  });
  const run: Check['run'] = async (signal) => {
    hanging += 1;
    try {
      return await check.run(signal);
    } finally {
      hanging -= 1;
    }
  };
  const once = async (): Promise<void> => {
    try {
      if (hanging >= HANGING_MAX) throw new DOMException('Looks before it have not come back.', 'TimeoutError');
      found = await limited(run, timeoutMs);
      failures = found?.status === 'fail' ? failures + 1 : 0;
      code = undefined;
    } catch (error) {
      failures += 1;
      found = undefined;
      code = errorCode(error);
    }
    if (stopped) return;
    at = performance.now();
    time = new Date().toISOString();
    const [now, was] = [state(), told];
    told = now.status;
    onLook(now, was);
  };
  const look = (): Promise<void> => {
    looking ??= once().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  // Jittered, so that a fleet does not look at one moment.
  const timer = setInterval(() => void look(), everyMs * (0.9 + Math.random() * 0.2));
  timer.unref();
  void look();
  return {
    state,
    answers: () => at !== undefined && failures === 0,
    look,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

const FAILURES_IN_A_ROW = 3;
const STALE_INTERVALS = 3;
const HANGING_MAX = 2;

async function limited(run: Check['run'], timeoutMs: number): Promise<Found | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([Promise.resolve().then(() => run(signal)), over]);
}
