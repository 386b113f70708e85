/**
 * What a promise resolves to; when it takes too long, an error that names what was awaited. What is awaited in vain goes on.
 *
 * @param what such as `the app to end`
 */
export async function within<T>(seconds: number, what: string, promise: PromiseLike<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const ceiling = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`Waited ${seconds} s in vain for ${what}.`)), seconds * 1_000);
  });
  try {
    return await Promise.race([promise, ceiling]);
  } finally {
    clearTimeout(late);
  }
}
