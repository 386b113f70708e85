import type { Sql } from '@scorekeep/queue';

/** A line of a board. Equal scores have equal ranks (1, 2, 2, 4); among equals stands first who got there first. */
export interface Line {
  readonly rank: number;
  readonly user_id: string;
  readonly nickname: string;
  readonly score: number;
  readonly games: number;
  readonly last_played: Date;
}

/** A board: the one of all time, or of a tournament. */
export interface Board {
  readonly table: 'leaderboard_global' | 'tournament_leaderboard';
  /** Its tournament; undefined for the one of all time. */
  readonly tournament: string | undefined;
}

export const ALL_TIME: Board = { table: 'leaderboard_global', tournament: undefined };
export const boardOf = (tournament: string): Board => ({ table: 'tournament_leaderboard', tournament });

/** The first lines. */
export async function top(sql: Sql, board: Board, limit: number): Promise<Line[]> {
  const { table, score, at, games, last, where } = columnsOf(board);
  const { rows } = await sql.query(
    `select b.*, p.nickname, rank() over (order by b.score desc) as rank from (
       select user_id, ${score} as score, ${at} as at, ${games} as games, ${last} as last from ${table}
       where ${where} order by ${score} desc, ${at}, user_id limit $2) b
     left join player_stats p using (user_id) order by b.score desc, b.at, b.user_id`,
    [board.tournament ?? null, limit],
  );
  return rows.map(lineOf);
}

/** A player's line; undefined when there is none. */
export async function lineFor(sql: Sql, board: Board, user: string): Promise<Line | undefined> {
  const { table, score, games, last, where } = columnsOf(board);
  const { rows } = await sql.query(
    `select b.user_id, b.${score} as score, b.${games} as games, b.${last} as last, p.nickname,
       1 + (select count(*) from ${table} where ${where} and ${score} > b.${score}) as rank
     from ${table} b left join player_stats p using (user_id) where ${where.replaceAll('tournament_id', 'b.tournament_id')} and b.user_id = $2`,
    [board.tournament ?? null, user],
  );
  return rows[0] === undefined ? undefined : lineOf(rows[0]);
}

/**
 * A player's line with up to `each` above and below it, best first; nothing when the player is not on the board. The rank of
 * the first of them is counted, by the index of the board; the others follow it without a gap.
 */
export async function around(sql: Sql, board: Board, user: string, each: number): Promise<Line[]> {
  const { table, score, at, games, last, where } = columnsOf(board);
  const columns = `user_id, ${score} as score, ${at} as at, ${games} as games, ${last} as last`;
  // The score lets the index be read from the player's place on; among equals the order decides.
  const beyond = (better: '>' | '<', order: '<' | '>'): string =>
    `${where} and ${score} ${better}= own.score and (${score} <> own.score or (${at}, ${table}.user_id) ${order} (own.at, own.user_id))`;
  const { rows } = await sql.query(
    `with own as (select ${columns} from ${table} where ${where} and user_id = $2),
     above as (select x.* from own, lateral (select ${columns} from ${table} where ${beyond('>', '<')}
       order by ${score}, ${at} desc, user_id desc limit $3) x),
     below as (select x.* from own, lateral (select ${columns} from ${table} where ${beyond('<', '>')}
       order by ${score} desc, ${at}, user_id limit $3) x),
     found as (table above union all table own union all table below),
     first as (select * from found order by score desc, at, user_id limit 1),
     ahead as materialized (select score,
       (select count(*) from ${table} where ${where} and ${score} > first.score) as better,
       (select count(*) from ${table} where ${where} and ${score} = first.score and (${at}, ${table}.user_id) < (first.at, first.user_id)) as equals
       from first)
     select b.*, p.nickname,
       rank() over (order by b.score desc) + ahead.better + case when b.score = ahead.score then 0 else ahead.equals end as rank
     from found b cross join ahead left join player_stats p using (user_id)
     order by b.score desc, b.at, b.user_id`,
    [board.tournament ?? null, user, each],
  );
  return rows.map(lineOf);
}

/** How many players are on it. */
export async function size(sql: Sql, board: Board): Promise<number> {
  const { table, where } = columnsOf(board);
  const { rows } = await sql.query(`select count(*) as players from ${table} where ${where}`, [
    board.tournament ?? null,
  ]);
  return Number(rows[0]?.['players']);
}

/** Names of ours only: nothing that is sent gets into a statement but as a value. */
const columnsOf = ({ table }: Board) =>
  table === 'leaderboard_global'
    ? {
        table,
        score: 'high_score',
        at: 'high_score_at',
        games: 'total_games',
        last: 'last_played_at',
        where: '$1::text is null',
      }
    : {
        table,
        score: 'best_score',
        at: 'best_score_at',
        games: 'total_attempts',
        last: 'last_attempt_at',
        where: 'tournament_id = $1',
      };

const lineOf = (row: Readonly<Record<string, unknown>>): Line => ({
  rank: Number(row['rank']),
  user_id: String(row['user_id']),
  nickname: typeof row['nickname'] === 'string' ? row['nickname'] : 'Pilot',
  score: Number(row['score']),
  games: Number(row['games']),
  last_played: row['last'] as Date,
});
