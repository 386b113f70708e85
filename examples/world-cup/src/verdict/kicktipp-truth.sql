-- What every forecast is worth by the Kicktipp table: win 2 for the tendency, 3 with the goal difference, 4 exact;
-- draw 2, and 4 exact. Or why it is worth nothing: what is wrong with the fields, by their names, and then lateness.
-- Written by hand over the host's tables.
select
  f.entrant_ref,
  f.fixture_ref,
  f.entrant_ref as subject,
  v.reason,
  case
    when v.reason is not null then null
    when f.home_goals = m.home_goals and f.away_goals = m.away_goals then 4000
    when m.home_goals = m.away_goals then case when f.home_goals = f.away_goals then 2000 else 0 end
    when f.home_goals - f.away_goals = m.home_goals - m.away_goals then 3000
    when (f.home_goals - f.away_goals) * (m.home_goals - m.away_goals) > 0 then 2000
    else 0
  end as milli,
  case when v.reason is null then (f.home_goals = m.home_goals and f.away_goals = m.away_goals)::int end as tie
from forecast f
join fixture m on m.id = f.fixture_ref
cross join lateral (
  select case
    when f.away_goals is null then 'missing:away'
    when f.away_goals < 0 then 'below:away'
    when f.away_goals > 99 then 'above:away'
    when f.away_goals % 1 <> 0 then 'fraction:away'
    when f.home_goals is null then 'missing:home'
    when f.home_goals < 0 then 'below:home'
    when f.home_goals > 99 then 'above:home'
    when f.home_goals % 1 <> 0 then 'fraction:home'
    when f.submitted_at > m.kickoff_at then 'late'
  end as reason
) v
where m.home_goals is not null and m.away_goals is not null and f.locked_at <= now()
