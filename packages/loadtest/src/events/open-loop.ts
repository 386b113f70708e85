import { setTimeout as wait } from 'node:timers/promises';
import { ascending, quantile } from '../statistics/quantile.ts';

export interface OpenLoopOptions {
  /** Starts per second, evenly apart, whatever the answers do. */
  readonly rate: number;
  /** How many are started. */
  readonly count: number;
  /** Sends the i-th; true when it was answered as it should be. */
  readonly send: (i: number) => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

/** What came of a constant rate. */
export interface OpenLoop {
  readonly offered: number;
  /** Refused, or never answered. */
  readonly failed: number;
  /**
   * From the intended start, not the actual one, to the answer, or to where none was waited for any more; in milliseconds, ascending. A
   * stall counts for all whom it kept waiting.
   */
  readonly latencies: readonly number[];
  /** How late starts were, 99th percentile, in milliseconds. */
  readonly lagMs: number;
  /** Whether the generator kept its schedule: beyond {@link LAG_MS_MAX} it measured itself. */
  readonly valid: boolean;
}

/** The lag of starts, at their 99th percentile, up to which a run says something about the server. */
export const LAG_MS_MAX = 10;

/** Offers a constant rate: the i-th start is due i / rate seconds after the first, and no answer is waited for. */
export async function openLoop({ rate, count, send, signal }: OpenLoopOptions): Promise<OpenLoop> {
  const latencies: number[] = [];
  const lags: number[] = [];
  const pending: Promise<void>[] = [];
  let failed = 0;
  const began = performance.now();
  const due = (i: number): number => began + (i * 1000) / rate;
  for (let i = 0; i < count; ) {
    signal?.throwIfAborted();
    const early = due(i) - performance.now();
    if (early > 0) {
      await wait(early);
      continue;
    }
    lags.push(-early);
    const intended = due(i);
    pending.push(
      send(i++).then(
        (ok) => {
          latencies.push(performance.now() - intended);
          if (!ok) failed++;
        },
        () => {
          latencies.push(performance.now() - intended);
          failed++;
        },
      ),
    );
  }
  await Promise.all(pending);
  const lagMs = quantile(ascending(lags), 0.99);
  return { offered: count, failed, latencies: ascending(latencies), lagMs, valid: lagMs <= LAG_MS_MAX };
}
