/**
 * What a host keeps of a name that somebody typed: nothing that Postgres cannot store (NUL), that is no character (half
 * a surrogate pair), that would move the cursor of whoever prints it, or that nobody sees, except what joins letters and
 * keeps them apart. A name without a letter or a digit means nobody in particular.
 */
export function displayName(typed: string): string {
  const kept = typed
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(UNSEEN, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const name = [...kept].slice(0, NAME_MAX).join('');
  return /[\p{L}\p{N}]/u.test(name) ? name : 'Anonymous';
}

/** Fillers and marks of direction among them; not what shapes Persian words (ZWNJ, ZWJ) and emoji. */
const UNSEEN = /(?!\u200C|\u200D|\uFE0F)[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** In characters. */
const NAME_MAX = 40;
