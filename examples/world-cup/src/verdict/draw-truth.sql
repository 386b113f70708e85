-- What every entry is worth by the guide's list, first match wins: all correct 100, two misplaced 80, three misplaced 60,
-- the marked team's group complete 50, any group complete 40, three right in any group 20. Or why it is worth nothing.
-- Written by hand over the host's tables.
with drawn as materialized (
  select array_agg(ascii(group_letter) - 64 order by number) as groups from team
), marked as materialized (
  select ascii(t.group_letter) - 64 as letter from draw_contest c join team t on t.number = c.marked_team
)
select
  e.contest_id,
  e.entrant_id,
  e.entrant_id as subject,
  v.reason,
  case
    when v.reason is not null then null
    when hit.total = 48 then 100000
    when hit.total = 46 then 80000
    when hit.total = 45 then 60000
    when hit.in_marked = 4 then 50000
    when hit.best = 4 then 40000
    when hit.best = 3 then 20000
    else 0
  end as milli,
  case when v.reason is null then hit.total end as tie
from draw_entry e
join draw_contest c on c.contest_id = e.contest_id
cross join lateral (
  select case
    when e.picks is null then 'missing:teams'
    when cardinality(e.picks) <> 48 then 'length:teams'
    when (select min(team) from unnest(e.picks) team) < 1 then 'below:teams'
    when (select max(team) from unnest(e.picks) team) > 48 then 'above:teams'
    when (select count(distinct team) from unnest(e.picks) team) < 48 then 'duplicate:teams'
  end as reason
  offset 0 -- worked out once, not wherever it is named
) v
cross join lateral (
  select sum(hits)::int as total, max(hits) as best, max(hits) filter (where letter = (select marked.letter from marked)) as in_marked
  from (
    select (place - 1) / 4 + 1 as letter, count(*) filter (where drawn.groups[team] = (place - 1) / 4 + 1) as hits
    from drawn, unnest(e.picks) with ordinality as pick (team, place) group by 1
  ) by_group
) hit
where c.group_of is not null and e.locked_at <= now()
