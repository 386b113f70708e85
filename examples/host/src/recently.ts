/**
 * What is dear to find out, told by key: whoever asks while it is being found out, or within so long of it, gets the same
 * answer. A failure is told to those who waited for it and to nobody after them.
 */
export function recently<Key extends string, T>(
  milliseconds: number,
  find: (key: Key) => Promise<T>,
): (key: Key) => Promise<T> {
  const known = new Map<Key, Promise<T>>();
  return (key) => {
    const latest = known.get(key);
    if (latest !== undefined) return latest;
    const found = find(key);
    known.set(key, found);
    found.then(
      () => setTimeout(() => known.delete(key), milliseconds).unref(),
      () => known.delete(key),
    );
    return found;
  };
}
