import { setTimeout as wait } from 'node:timers/promises';
import { type Check, type CheckState, type HealthStatus, type RunningCheck, startCheck } from './check.ts';
import { answer, type HealthPaths } from './respond.ts';

/** Everything that is known about the health of this process; a host may word it anew. */
export interface HealthReport {
  /** The worst of all checks: `fail` when a required one failed, `warn` when anything is not well. */
  readonly status: HealthStatus;
  /** Whether the process can still do its work; when not, it should be started anew. Looks at this process only. */
  readonly live: boolean;
  /** Whether it should be sent requests. */
  readonly ready: boolean;
  /** Whether it has come up. */
  readonly started: boolean;
  readonly draining: boolean;
  readonly time: string;
  readonly version: string | undefined;
  readonly serviceId: string | undefined;
  readonly checks: readonly CheckState[];
}

/** What {@link createHealth} is told. */
export interface HealthOptions {
  readonly version?: string;
  /** Which process this is, such as the name of its pod. */
  readonly serviceId?: string;
  readonly checks?: readonly Check[];
  /** From when on the age of the oldest that is ready is a warning, in seconds. Default 60. */
  readonly oldestSeconds?: number;
  /**
   * How long a loop of this process may not have gone round before it is not live any more; ten times that while a required check
   * fails, for then it waits as everybody does, and starting anew helps nobody. Default 60 000.
   */
  readonly stuckMs?: number;
}

/** The health of this process. */
export interface Health {
  report(): HealthReport;
  /** Answers `/livez`, `/readyz`, `/startupz` and `/healthz`; undefined for any other path. Touches nothing but memory. */
  handle(request: Request, paths?: HealthPaths): Response | undefined;
  add(check: Check): void;
  /** Forgets a check. */
  remove(name: string): void;
  /** Looks at everything now, for a start or a test. */
  look(): Promise<void>;
  /**
   * Says "not ready" and waits until load balancers have noticed (default 5 000 ms), while requests are still served and
   * slices still worked; then stop serving. Live stays true: who is draining must not be killed.
   */
  drain(options?: { readonly waitMs?: number }): Promise<void>;
  /** Something happened after which this process cannot go on: it is not live any more. */
  fatal(): void;
  stop(): void;
}

/**
 * @param connected whether there is a connection to the pipeline; without one the process is not ready
 * @param loopAgeMs how long ago the loops of this process last went round; undefined when none runs
 * @param onChange called when the status of a check changes
 */
export function createHealth(
  { version, serviceId, checks: given = [], stuckMs = 60_000 }: HealthOptions,
  connected: () => boolean,
  loopAgeMs: () => number | undefined,
  onChange: (state: CheckState, was: HealthStatus) => void,
): Health {
  const checks = new Map<string, RunningCheck>();
  let draining = false;
  let dead = false;
  let started = false;

  const hasStarted = (): boolean =>
    connected() && [...checks.values()].every((check) => !check.state().required || check.answers());
  const report = (): HealthReport => {
    const states = [...checks.values()].map((check) => check.state());
    const required = states.filter((state) => state.required);
    started ||= hasStarted();
    const failed = required.some((state) => state.status === 'fail');
    const well = states.every((state) => state.status === 'pass');
    return {
      status: failed ? 'fail' : well ? 'pass' : 'warn',
      live: !dead && (loopAgeMs() ?? 0) <= (failed ? PATIENCE * stuckMs : stuckMs),
      ready: started && connected() && !draining && !failed && !dead,
      started,
      draining,
      time: new Date().toISOString(),
      version,
      serviceId,
      checks: states,
    };
  };
  const add = (check: Check): void => {
    checks.get(check.name)?.stop();
    const onLook = (state: CheckState, was: HealthStatus): void => {
      started ||= hasStarted();
      if (state.status !== was) onChange(state, was);
    };
    checks.set(check.name, startCheck(check, onLook));
  };
  const remove = (name: string): void => {
    checks.get(name)?.stop();
    checks.delete(name);
  };
  for (const check of given) add(check);
  return {
    report,
    add,
    remove,
    handle: (request, paths) => answer(request, report, paths),
    look: async () => {
      await Promise.all([...checks.values()].map((check) => check.look()));
    },
    async drain({ waitMs = 5_000 } = {}) {
      draining = true;
      await wait(waitMs);
    },
    fatal: () => {
      dead = true;
    },
    stop: () => {
      for (const check of checks.values()) check.stop();
    },
  };
}

/** A connection that died without a word is not waited for for ever either. */
const PATIENCE = 10;
