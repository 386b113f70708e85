import { kicktipp } from '@scorekeep/core/contests';
import pg from 'pg';
import { type Board, board } from '../boards/board.ts';
import { type Backend, type Projection, projection } from '../projections/projection.ts';
import { tableLog } from '../tables/table-log.ts';

/** A small prediction contest as a host would have it: its own tables, foreign names, a composite key of uuids. */
export interface Contest {
  readonly points: Projection;
  readonly overall: Board;
}

/** The pipeline over the tables of {@link createContest}. */
export function contest(backend: Backend = 'sql'): Contest {
  const tips = tableLog('tip', {
    key: ['fixture_ref', 'player_ref'],
    subject: 'player_ref',
    frozen: 'locked_at',
    fields: { home: 'goals_h', away: 'goals_a' },
    join: {
      table: 'fixture',
      on: { fixture_ref: 'id' },
      revision: 'result_revision',
      fields: { resultHome: 'score_h', resultAway: 'score_a' },
    },
  });
  const points = projection('points', { from: tips, score: kicktipp, backend });
  return { points, overall: board('overall', { of: points, add: 'sum', ties: ['exactCount', 'subject'] }) };
}

/** Creates the host's tables and fills them: every player tips every fixture; all fixtures have results. */
export async function createContest(
  url: string,
  { players, fixtures }: { players: number; fixtures: number },
): Promise<void> {
  await onDatabase(url, async (client) => {
    await client.query(`
      create table fixture (id uuid primary key, score_h int, score_a int, result_revision int not null default 1);
      create table tip (
        fixture_ref uuid not null references fixture, player_ref uuid not null, goals_h numeric(6, 2), goals_a numeric(6, 2),
        locked_at timestamptz not null default '2026-06-01', primary key (fixture_ref, player_ref));
      create index on tip (player_ref, fixture_ref);`);
    await client.query(
      `insert into fixture (id, score_h, score_a) select md5('fixture ' || i)::uuid, i % 4, i % 3 from generate_series(1, $1::int) i`,
      [fixtures],
    );
    await client.query(
      `insert into tip (fixture_ref, player_ref, goals_h, goals_a)
       select md5('fixture ' || f)::uuid, md5('player ' || p)::uuid, (f + p) % 5, (f * p) % 3
       from generate_series(1, $1::int) f, generate_series(1, $2::int) p`,
      [fixtures, players],
    );
  });
}

/** What must hold in every moment, counted by SQL that shares nothing with the library: all zeros, or something is wrong. */
export interface Verdict {
  /** Eligible tips without a score row. */
  readonly lost: number;
  /** Score rows beyond one per tip. */
  readonly double: number;
  /** Score rows whose points are not the hand-written ones. */
  readonly misScored: number;
  /** Players whose standing is not the sum of their scores. */
  readonly misRanked: number;
}

/** Kicktipp's 4, 3, 2 written by hand over the host's tables. */
export async function judge(url: string): Promise<Verdict> {
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<Verdict>(`
      with truth as (
        select t.fixture_ref, t.player_ref,
          case when t.goals_h is null or t.goals_a is null or t.goals_h <> trunc(t.goals_h) or t.goals_a <> trunc(t.goals_a)
                 or t.goals_h not between 0 and 99 or t.goals_a not between 0 and 99 then null
               when t.goals_h = f.score_h and t.goals_a = f.score_a then 4000
               when f.score_h <> f.score_a and t.goals_h - t.goals_a = f.score_h - f.score_a then 3000
               when sign(t.goals_h - t.goals_a) = sign(f.score_h - f.score_a) then 2000 else 0 end as milli
        from tip t join fixture f on f.id = t.fixture_ref where f.score_h is not null and f.score_a is not null and t.locked_at <= now()),
      total as (select player_ref, sum(milli) as milli, count(*) as scored from scorekeep.score_points_v1 where milli is not null group by 1)
      select
        (select count(*)::int from truth left join scorekeep.score_points_v1 s using (fixture_ref, player_ref) where s.revision is null) as lost,
        (select count(*)::int - count(distinct (fixture_ref, player_ref))::int from scorekeep.score_points_v1) as double,
        (select count(*)::int from truth join scorekeep.score_points_v1 s using (fixture_ref, player_ref) where s.milli is distinct from truth.milli) as "misScored",
        (select count(*)::int from total full join scorekeep.standing_overall b on b.subject = total.player_ref
          where coalesce(b.total, 0) <> coalesce(total.milli, 0) or coalesce(b.scored, 0) <> coalesce(total.scored, 0)) as "misRanked"`);
    return rows[0] as Verdict;
  });
}

/** All is well. */
export const FLAWLESS: Verdict = { lost: 0, double: 0, misScored: 0, misRanked: 0 };

/** Runs statements on a connection of its own, as the host or an attacker would. */
export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
