/**
 * What a host keeps of a name that somebody typed: nothing that Postgres cannot store (NUL), that is no character (half
 * a surrogate pair) or that would move the cursor of whoever prints it. Nothing left means nobody in particular.
 */
export function displayName(typed: string): string {
  const kept = typed
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return [...kept].slice(0, NAME_MAX).join('') || 'Anonymous';
}

/** In characters. */
const NAME_MAX = 40;
