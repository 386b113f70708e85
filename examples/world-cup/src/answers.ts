import type { EntryError } from '@scorekeep/core/contests';
import type { Explanation } from '@scorekeep/core/rules';
import { HostError } from '@scorekeep/example-host';
import type { Entry, Status } from '@scorekeep/queue';
import type { MatchRow } from './host/forecast.ts';

/** How far the scoring of a contest has come, in the guide's words first. */
export const statusAnswer = (status: Status) => ({
  total: status.total,
  processed: status.processed,
  pending: status.pending,
  queueDepth: status.queueDepth,
  scored: status.scored,
  rejected: status.rejected,
  parked: status.parked,
  perSecond: Math.round(status.perSecond),
  estimatedEnd: status.estimatedEnd,
  reasons: status.reasons,
  errors: status.errors,
});

/** The part of it that everybody may see. */
export const progressAnswer = ({ total, processed, pending, queueDepth, perSecond, estimatedEnd }: Status) => ({
  total,
  processed,
  pending,
  queueDepth,
  perSecond: Math.round(perSecond),
  estimatedEnd,
});

/** There is nothing to score: how far it has come, as in the processing status, and that no run was made. */
export const nothingAnswer = ({ total, processed, pending, queueDepth }: Status) => ({
  message: 'nothing to process',
  total,
  processed,
  pending,
  queueDepth,
  queued: 0,
  runs: [],
  started: false,
});

/** A line of a board. */
export const boardLine = (entry: Entry, names: ReadonlyMap<string, string>) => ({
  rank: entry.rank,
  userId: entry.subject,
  name: names.get(entry.subject) ?? 'Anonymous',
  totalScore: entry.points,
  ties: entry.ties,
  predictions: entry.scored,
});

/** Why there are these points: every rule, fired or not, with what was missing. */
export const detailsAnswer = (explanation: Explanation) => ({
  points: explanation.milli === null ? null : explanation.milli / 1000,
  ruleSet: { id: explanation.ruleSet.id, version: explanation.ruleSet.version },
  sentence: explanation.sentence,
  inputsChanged: explanation.inputsChanged,
  rules: explanation.rules.map(({ id, label, holds, fired, points, missing }) => ({
    ...(id === 'MARKED_GROUP' ? IRAN : { id, label: label ?? id }),
    holds,
    fired,
    points: points / 1000,
    missing,
  })),
});

/** The rule about the marked team, as the guide calls it. */
const IRAN = { id: 'IRAN_GROUP_CORRECT', label: 'Iran’s whole group' } as const;

/** A match, with the forecast of whoever asks. */
export const matchAnswer = (match: MatchRow) => ({
  number: match.number,
  stage: match.stage,
  kickoffAt: match.kickoffAt,
  open: match.open,
  home: match.home,
  away: match.away,
  result: match.homeGoals === null ? null : { home: match.homeGoals, away: match.awayGoals },
  forecast: match.forecastHome === null ? null : { home: match.forecastHome, away: match.forecastAway },
});

/** What is wrong with a predicted draw, by the guide's codes; the first that stands for all. */
export function drawRefused(errors: readonly EntryError[]): HostError {
  const code = errors.some((error) => error.code === 'DUPLICATE')
    ? 'DUPLICATE_TEAMS'
    : errors.some((error) => error.code === 'NOT_ALLOWED' && error.field.includes('['))
      ? 'INVALID_TEAM_UUID'
      : 'INVALID_PREDICTION_FORMAT';
  const reasons = errors.slice(0, REASONS_MAX).map(({ field, message }) => ({ field, message }));
  return new HostError(400, code, reasons[0]?.message ?? 'The prediction cannot be read.', { reasons });
}

const REASONS_MAX = 10;
