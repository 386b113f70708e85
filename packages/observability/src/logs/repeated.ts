/**
 * Lets the first of many equal events through, then one per `everyMs` with how many were held back: a database that is
 * down is reported several times a second by every loop that needs it.
 *
 * @returns for a key, undefined to hold back, or how many like it were held back since the last
 */
export function createRepeats(everyMs: number = EVERY_MS): (key: string, nowMs: number) => number | undefined {
  const seen = new Map<string, { at: number; held: number }>();
  return (key, nowMs) => {
    const last = seen.get(key);
    if (last !== undefined && nowMs - last.at < everyMs) {
      last.held += 1;
      return undefined;
    }
    if (last === undefined && seen.size >= KEYS_MAX) seen.clear();
    seen.set(key, { at: nowMs, held: 0 });
    return last?.held ?? 0;
  };
}

const EVERY_MS = 10_000;
const KEYS_MAX = 1_000;
