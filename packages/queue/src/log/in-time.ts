/** The message of the driver's own time-out, which has no code. */
const SILENCE = 'Query read timeout';

/** Whether an error says that the time was over before there was an answer. */
export const isSilence = (error: unknown): boolean => error instanceof Error && error.message === SILENCE;

/**
 * What ends first: the work, or the time that it has.
 *
 * @throws an error that {@link isSilence}; whatever else `work` throws
 */
export function inTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = onSilence(milliseconds, reject);
    work.then(
      (value) => {
        callOff();
        resolve(value);
      },
      (error: unknown) => {
        callOff();
        reject(error);
      },
    );
  });
}

/**
 * Tells when a time is over, with an error that {@link isSilence}, unless it is called off. The time nearly never ends, so one
 * timer looks after all that is waited for, and is not stopped when something is done: a timer for each costs a caller who is
 * alone 2 % of his latency.
 *
 * @returns calls it off
 */
export function onSilence(milliseconds: number, tell: (error: Error) => void): () => void {
  const waiter: Waiter = { deadline: performance.now() + milliseconds, tell };
  watch(waiter);
  return () => void waiters.delete(waiter);
}

interface Waiter {
  readonly deadline: number;
  readonly tell: (error: Error) => void;
}

const waiters = new Set<Waiter>();
let timer: NodeJS.Timeout | undefined;
/** When the timer looks, as `performance.now` counts. */
let looksAt = Number.POSITIVE_INFINITY;

function watch(waiter: Waiter): void {
  waiters.add(waiter);
  if (waiter.deadline >= looksAt) return;
  clearTimeout(timer);
  looksAt = waiter.deadline;
  // What is waited for keeps the process alive by itself, as far as it should.
  timer = setTimeout(look, Math.max(1, Math.ceil(looksAt - performance.now()))).unref();
}

function look(): void {
  looksAt = Number.POSITIVE_INFINITY;
  const now = performance.now();
  const over: Waiter[] = [];
  for (const waiter of waiters) {
    if (waiter.deadline > now) watch(waiter);
    else over.push(waiter);
  }
  for (const waiter of over) {
    if (waiters.delete(waiter)) waiter.tell(new Error(SILENCE));
  }
}
