import { shown } from '../text/shown.ts';
import { ContestError } from './contest-error.ts';
import { EntryErrors, member, type ParsedEntry } from './entry.ts';

/** A winner, and how sure of it the entrant is. */
export interface ConfidencePick {
  readonly match: string;
  /** 1 home, 2 away. */
  readonly pick: number;
  readonly confidence: number;
}

/**
 * Reads `[{ match, pick, confidence }, …]` for a round: every match once, every value once. With n matches the values are
 * the n highest up to `most` (16 by default): 3 to 16 for 14 matches, which pay 133 at most.
 *
 * @throws ContestError OUT_OF_RANGE for more matches than there are values
 */
export function parseConfidenceEntry(
  json: unknown,
  matches: readonly string[],
  most = 16,
): ParsedEntry<readonly ConfidencePick[]> {
  if (matches.length > most) {
    throw new ContestError(
      'OUT_OF_RANGE',
      `A round may have ${most} matches, one for each value, got ${matches.length}.`,
      matches.length,
    );
  }
  const errors = new EntryErrors();
  const entry: ConfidencePick[] = [];
  const picked = new Set<unknown>();
  const values = new Map<number, number>();
  const least = most - matches.length + 1;
  for (const [i, item] of (errors.listOf('picks', json, 0, 2 * matches.length) ?? []).entries()) {
    const at = `picks[${i}]`;
    const match = member(item, 'match');
    if (typeof match !== 'string' || !matches.includes(match)) {
      errors.add(`${at}.match`, 'NOT_ALLOWED', match, `${at}.match must be a match of the round, got ${shown(match)}.`);
    } else if (picked.has(match)) {
      errors.add(`${at}.match`, 'DUPLICATE', match, `${at}.match: match ${shown(match)} is picked twice.`);
    }
    picked.add(match);
    const pick = errors.whole(`${at}.pick`, member(item, 'pick'), 1, 2);
    const confidence = errors.whole(`${at}.confidence`, member(item, 'confidence'), least, most);
    const first = confidence === undefined ? undefined : values.get(confidence);
    if (confidence !== undefined && first !== undefined) {
      errors.add(
        `${at}.confidence`,
        'DUPLICATE',
        confidence,
        `${at}.confidence: ${confidence} is used by picks[${first}] already; each value from ${least} to ${most} is used once.`,
      );
    } else if (confidence !== undefined) values.set(confidence, i);
    if (typeof match === 'string' && pick !== undefined && confidence !== undefined)
      entry.push({ match, pick, confidence });
  }
  for (const match of matches) {
    if (!picked.has(match)) errors.add('picks', 'MISSING', match, `picks: match ${shown(match)} has no pick.`);
  }
  return errors.result(() => entry);
}
