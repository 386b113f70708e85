import { shown } from '../text/shown.ts';
import { EntryErrors, member, type ParsedEntry } from './entry.ts';

/** A prediction of one match. */
export interface ScorelinePrediction {
  readonly match: string;
  readonly home: number;
  readonly away: number;
  readonly boosted: boolean;
}

/** What an entry of scorelines may have. */
export interface ScorelineEntryRules {
  /** The matches that are open, by id, with the round that each belongs to. */
  readonly rounds: ReadonlyMap<string, string>;
  /** Goals of a team, at most. Default 99. */
  readonly mostGoals?: number;
  /** Boosted matches in a round, at most. Default 0. */
  readonly boostersPerRound?: number;
}

/** Reads `[{ match, home, away, boosted? }, …]`: known matches, once each, whole goals, no more boosters than a round has. */
export function parseScorelineEntry(
  json: unknown,
  rules: ScorelineEntryRules,
): ParsedEntry<readonly ScorelinePrediction[]> {
  const errors = new EntryErrors();
  const entry: ScorelinePrediction[] = [];
  const seen = new Set<string>();
  const boosters = new Map<string, number>();
  const [mostGoals, most] = [rules.mostGoals ?? 99, rules.boostersPerRound ?? 0];
  for (const [i, item] of (errors.listOf('predictions', json, 0, rules.rounds.size) ?? []).entries()) {
    const at = `predictions[${i}]`;
    const match = member(item, 'match');
    const round = typeof match === 'string' ? rules.rounds.get(match) : undefined;
    if (typeof match !== 'string' || round === undefined) {
      errors.add(`${at}.match`, 'NOT_ALLOWED', match, `${at}.match must be a match that is open, got ${shown(match)}.`);
    } else if (seen.has(match)) {
      errors.add(`${at}.match`, 'DUPLICATE', match, `${at}.match: match ${shown(match)} is predicted twice.`);
    } else seen.add(match);
    const home = errors.whole(`${at}.home`, member(item, 'home'), 0, mostGoals);
    const away = errors.whole(`${at}.away`, member(item, 'away'), 0, mostGoals);
    const boosted = member(item, 'boosted') ?? false;
    if (typeof boosted !== 'boolean') {
      errors.add(
        `${at}.boosted`,
        'NOT_ALLOWED',
        boosted,
        `${at}.boosted must be true or false, got ${shown(boosted)}.`,
      );
    } else if (boosted && round !== undefined) {
      const used = (boosters.get(round) ?? 0) + 1;
      boosters.set(round, used);
      if (used > most) {
        errors.add(
          `${at}.boosted`,
          'LIMIT_EXCEEDED',
          used,
          `${at}.boosted: round ${shown(round)} has ${most} boosters, this is number ${used}.`,
        );
      }
    }
    if (typeof match === 'string' && home !== undefined && away !== undefined) {
      entry.push({ match, home, away, boosted: boosted === true });
    }
  }
  return errors.result(() => entry);
}
