import { setTimeout as wait } from 'node:timers/promises';

/** Wakes the workers of a queue, here and in other processes, without any transaction waiting for it. */
export interface Wake {
  /** Jobs of this queue have been committed. */
  now(queue: string): void;
  /** Jobs of this queue will be committed by somebody else, soon. */
  soon(queue: string): void;
  /** A notice from another process. */
  heard(queue: string): void;
  /** Resolves when the queue is woken, `milliseconds` have passed or the signal is aborted. */
  sleep(queue: string, milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Resolves when the notices under way have been sent. */
  close(): Promise<void>;
}

/**
 * Commits that notify wait for each other in Postgres, database-wide. So notices are sent on their own, after the fact: the
 * first at once, and those that follow within {@link COALESCE_MS} as one.
 */
export function createWake(send: (queue: string) => Promise<unknown>): Wake {
  const sleepers = new Map<string, Set<() => void>>();
  const sending = new Map<string, Promise<void>>();
  const again = new Set<string>();
  /** Woken while nobody slept: whoever lies down next has just missed it. */
  const missed = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  /** One sleeper for each wake-up: it wakes the next when it finds more than it can take. */
  const heard = (queue: string): void => {
    const [first] = sleepers.get(queue) ?? [];
    if (first === undefined) missed.add(queue);
    else first();
  };
  const notify = async (queue: string): Promise<void> => {
    do {
      again.delete(queue);
      // Polling finds what a lost notice was about.
      await send(queue).catch(() => undefined);
      await wait(COALESCE_MS, undefined, { ref: false });
    } while (again.has(queue) && !closed);
    sending.delete(queue);
  };
  const now = (queue: string): void => {
    heard(queue);
    if (closed) return;
    if (sending.has(queue)) again.add(queue);
    else sending.set(queue, notify(queue));
  };
  return {
    now,
    heard,
    soon(queue) {
      for (const milliseconds of SOON_MS) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          now(queue);
        }, milliseconds);
        timer.unref();
        timers.add(timer);
      }
    },
    async sleep(queue, milliseconds, signal) {
      if (signal.aborted || missed.delete(queue)) return;
      const own = sleepers.get(queue) ?? new Set();
      sleepers.set(queue, own);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          own.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        own.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(sending.values());
    },
  };
}

/** Wake-ups of a queue that come within this time of one another become one notice. */
const COALESCE_MS = 10;
/** When to look for jobs that a transaction of the caller will commit; the workers' poll is the floor. */
const SOON_MS = [5, 25, 100];
