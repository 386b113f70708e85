import type { Sql } from '../database/sql.ts';
import { CONTEST_TABLES, type ContestName } from './contest.ts';

/** What came of each row, counted by SQL that shares no code with the scoring. */
export interface Reconciliation {
  readonly rows: number;
  /** Rows without a score or a reason, or missing from the board. */
  readonly lost: number;
  /** Scores without a row, or counted more than once on the board. */
  readonly duplicated: number;
  /** Scores, refusals and lines of the board that are not what they should be. */
  readonly misScored: number;
}

/** Works out by hand-written SQL what every row should have become, and compares row by row and entrant by entrant. */
export async function reconcile(sql: Sql, contest: ContestName, projection: string): Promise<Reconciliation> {
  const source = CONTEST_TABLES[contest].table;
  const { rows } = await sql.query(`
    with truth as materialized (${TRUTH[contest]}),
    rows as (
      select count(*) filter (where t.id is not null and coalesce(s.reason, -1) < 0)::int as lost,
        count(*) filter (where t.id is null)::int as double,
        count(*) filter (where t.id is not null and s.reason >= 0 and (s.milli, s.tie_1, s.reason = 0) is distinct from (t.milli, t.tie, t.milli is not null))::int as wrong
      from truth t full join scorekeep.score_${projection}_v1 s using (id)),
    board as (
      select coalesce(sum(greatest(coalesce(t.scored, 0) - coalesce(b.scored, 0), 0)), 0)::int as lost,
        coalesce(sum(greatest(coalesce(b.scored, 0) - coalesce(t.scored, 0), 0)), 0)::int as double,
        count(*) filter (where t.scored = b.scored and (t.total, t.tie) is distinct from (b.total, b.tie_1))::int as wrong
      from (select entrant::text as subject, count(milli) as scored, sum(milli) as total, sum(tie) as tie from truth group by 1 having count(milli) > 0) t
      full join (select subject::text, scored, total, tie_1 from scorekeep.standing_${projection}) b using (subject))
    select (select count(*)::int from ${source}) as rows, greatest(r.lost, b.lost) as lost,
      greatest(r.double, b.double) as duplicated, greatest(r.wrong, b.wrong) as mis_scored from rows r, board b`);
  const [row] = rows;
  return { rows: row.rows, lost: row.lost, duplicated: row.duplicated, misScored: row.mis_scored };
}

/** Thousandths of points and the tie-break of each row; NULL where it must be refused. */
const TRUTH: Readonly<Record<ContestName, string>> = {
  // Kicktipp's table: win 2 for the tendency, 3 with the goal difference, 4 exact; draw 2, and 4 exact.
  matches: `
    select p.id, p.entrant, case
        when p.home is null or p.away is null then null
        when p.home = m.home and p.away = m.away then 4000
        when m.home = m.away then case when p.home = p.away then 2000 else 0 end
        when p.home - p.away = m.home - m.away then 3000
        when (p.home - p.away) * (m.home - m.away) > 0 then 2000
        else 0 end as milli,
      case when p.home is not null and p.away is not null then (p.home = m.home and p.away = m.away)::int end as tie
    from loadtest.prediction p join loadtest.match m on m.id = p.match_id`,
  // The guide's list, first match wins: all 100, two misplaced 80, three 60, the marked team's group 50, any group 40, three of any 20.
  draw: `
    select e.id, e.entrant, case when e.picks is null then null else worth.milli end as milli,
      case when e.picks is not null then worth.total end as tie
    from loadtest.entry e join (
      select p.id, hit.total, case
          when hit.total = 48 then 100000 when hit.total = 46 then 80000 when hit.total = 45 then 60000
          when hit.in_marked = 4 then 50000 when hit.best = 4 then 40000 when hit.best = 3 then 20000 else 0 end as milli
      from loadtest.pick p cross join lateral (
        select sum(hits)::int as total, max(hits) as best, max(hits) filter (where letter = (select d.group_of[d.marked] from loadtest.draw d)) as in_marked
        from (select (place - 1) / 4 + 1 as letter, count(*) filter (where (select d.group_of[team] from loadtest.draw d) = (place - 1) / 4 + 1) as hits
          from unnest(p.picks) with ordinality as pick (team, place) group by 1) by_group) hit
    ) worth on worth.id = e.id % 480`,
};
