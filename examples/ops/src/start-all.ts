/**
 * Starts so many at once, and adds each that has started to those that there are, also when others beside it do not start.
 *
 * @throws the first reason why one did not start
 */
export async function startAll<T>(there: T[], count: number, start: () => Promise<T>): Promise<void> {
  const all = await Promise.allSettled(Array.from({ length: count }, start));
  there.push(...all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  const failed = all.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
