/** The time is up: for the database this is as if the process had died. */
export class TimeIsUp extends Error {
  readonly code = 'DEADLINE';
}

/**
 * Waits for work as long as it may take, or until it is to be let go of. When its time is up `over` is aborted; what it does from
 * then on is nobody's.
 *
 * @throws TimeIsUp after so many seconds; what `forced` is aborted with
 */
export async function withDeadline<T>(
  work: Promise<T>,
  seconds: number,
  over: AbortController,
  forced: AbortSignal,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const letGo = (): void => reject(forced.reason);
  const timer = setTimeout(() => {
    over.abort();
    reject(new TimeIsUp());
  }, seconds * 1_000);
  forced.addEventListener('abort', letGo, { once: true });
  try {
    if (forced.aborted) letGo();
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    forced.removeEventListener('abort', letGo);
    for (const one of [work, promise]) one.catch(() => undefined);
  }
}
