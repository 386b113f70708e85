import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Keep } from '@scorekeep/queue';
import { Load } from './load.ts';
import { processNext } from './process-events.ts';
import type { RetryEvent } from './retry-event.ts';

/** A worker in this process. */
export interface EventWorker {
  /** Resolves once the others can know of it, or it could not be said. */
  readonly known: Promise<unknown>;
  /** Ends what is under way and begins nothing more. */
  stop(): Promise<void>;
}

/**
 * Processes events until it is stopped, and says every few seconds that it is there and how busy it is. When it cannot, it
 * goes on trying: what is wrong with the database is no reason to end.
 *
 * @param onError told of each time that it could not
 */
export function startWorker(keep: Keep, retry: RetryEvent, onError: (error: unknown) => void): EventWorker {
  const stopping = new AbortController();
  const { signal } = stopping;
  const load = new Load();
  const pause = (ms: number): Promise<unknown> => wait(ms, undefined, { signal }).catch(() => undefined);
  const id = randomUUID();

  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const began = performance.now();
        const through = await processNext(keep, retry);
        if (through > 0) load.add(began, performance.now(), through);
        else await pause(IDLE_MS);
      } catch (error) {
        onError(error);
        await pause(ERROR_MS);
      }
    }
  };
  const say = async (): Promise<void> => {
    const { busyPercent, perSecond } = load.read(performance.now());
    await keep.transaction((tx) => tx.query(SAY, [id, busyPercent, perSecond])).catch(onError);
  };
  const known = say();
  const goOnSaying = async (): Promise<void> => {
    await known;
    for (await pause(SAY_MS); !signal.aborted; await pause(SAY_MS)) await say();
    await keep.transaction((tx) => tx.query('delete from event_worker where id = $1', [id])).catch(onError);
  };
  const ended = Promise.all([work(), goOnSaying()]);
  return {
    known,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** How long a worker that found nothing waits before it looks again. */
const IDLE_MS = 100;
const ERROR_MS = 1_000;
const SAY_MS = 2_000;

const SAY = `
  insert into event_worker (id, seen_at, busy_percent, per_second) values ($1, clock_timestamp(), $2, $3)
  on conflict (id) do update
    set seen_at = excluded.seen_at, busy_percent = excluded.busy_percent, per_second = excluded.per_second`;
