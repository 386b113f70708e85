/** The time is up: for the database this is as if the process had died. */
export class TimeIsUp extends Error {
  readonly code = 'DEADLINE';
}

/**
 * Waits for work as long as it may take. When its time is up `over` is aborted; what it does from then on is nobody's.
 *
 * @throws TimeIsUp after so many seconds
 */
export async function withDeadline<T>(work: Promise<T>, seconds: number, over: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort();
      reject(new TimeIsUp());
    }, seconds * 1_000);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
