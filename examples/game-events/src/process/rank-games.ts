import type { Sql } from '@scorekeep/queue';
import { nameOfWeek, type Week } from '../play/week.ts';
import type { Effect } from './effect.ts';
import { EFFECTS } from './effect-rows.ts';

/** Moves the boards by endless games that ended; a game that came in time counts in the tournament of its week. */
export async function rankGames(tx: Sql, effects: readonly Effect[]): Promise<void> {
  const ended = effects.filter(({ type, endless }) => type === 'game_ended' && endless);
  if (ended.length === 0) return;
  const games = JSON.stringify(ended);
  await tx.query(GLOBAL, [games]);
  const inTime = ended.flatMap((effect) => {
    const week = nameOfWeek(effect.week ?? effect.at);
    return effect.received < week.closes ? [{ ...effect, week, tournament: week.id }] : [];
  });
  const open = await openTournaments(tx, new Map(inTime.map(({ week }) => [week.id, week])));
  const counted = inTime.filter(({ tournament }) => open.has(tournament));
  if (counted.length > 0) await tx.query(TOURNAMENT, [JSON.stringify(counted)]);
}

/** Makes the tournaments of games known and holds those that are open, so that none closes before this commits. */
async function openTournaments(tx: Sql, weeks: ReadonlyMap<string, Week>): Promise<ReadonlySet<string>> {
  if (weeks.size === 0) return new Set();
  await tx.query(
    `insert into tournaments (tournament_id, name, starts_at, ends_at, closes_at)
     select id, name, to_timestamp(starts / 1e3), to_timestamp(ends / 1e3), to_timestamp(closes / 1e3)
     from json_to_recordset($1) as w(id text, name text, starts float8, ends float8, closes float8)
     order by id on conflict do nothing`,
    [JSON.stringify([...weeks.values()])],
  );
  const { rows } = await tx.query(
    'select tournament_id from tournaments where tournament_id = any($1) and closed_at is null order by 1 for share',
    [[...weeks.keys()]],
  );
  return new Set(rows.map((row) => String(row['tournament_id'])));
}

/** The best game and when it was first reached; the number of games and the time they took. */
const best = (columns: string): string => `
  select ${columns} "user", max(score), (array_agg(to_timestamp(at / 1e3) order by score desc, at))[1], count(*)`;

const GLOBAL = `
  insert into leaderboard_global as l (user_id, high_score, high_score_at, total_games, total_playtime_seconds, last_played_at)
  ${best('')}, sum(seconds), to_timestamp(max(at) / 1e3) from ${EFFECTS} group by "user" order by "user"
  on conflict (user_id) do update set
    high_score_at = case when excluded.high_score > l.high_score then excluded.high_score_at
      when excluded.high_score = l.high_score then least(l.high_score_at, excluded.high_score_at) else l.high_score_at end,
    high_score = greatest(l.high_score, excluded.high_score),
    total_games = l.total_games + excluded.total_games,
    total_playtime_seconds = l.total_playtime_seconds + excluded.total_playtime_seconds,
    last_played_at = greatest(l.last_played_at, excluded.last_played_at)`;

const TOURNAMENT = `
  insert into tournament_leaderboard as l (tournament_id, user_id, best_score, best_score_at, total_attempts, last_attempt_at)
  ${best('tournament,')}, to_timestamp(max(at) / 1e3) from ${EFFECTS} group by tournament, "user" order by tournament, "user"
  on conflict (tournament_id, user_id) do update set
    best_score_at = case when excluded.best_score > l.best_score then excluded.best_score_at
      when excluded.best_score = l.best_score then least(l.best_score_at, excluded.best_score_at) else l.best_score_at end,
    best_score = greatest(l.best_score, excluded.best_score),
    total_attempts = l.total_attempts + excluded.total_attempts,
    last_attempt_at = greatest(l.last_attempt_at, excluded.last_attempt_at)`;
