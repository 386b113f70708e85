-- The lowest places of a board's buckets, in their order, beside the rows of `bucket` that say the same: a batch that moves standings
-- wants all of them, and read thousands of rows for them. Not compressed, since each batch would unpack it.
alter table board add column bounds bigint[] not null default '{}';
alter table board alter column bounds set storage external;
update board set bounds = array(select lower from bucket where bucket.board = board.id order by lower);

-- The place on a board without ties is the score itself, and is no longer kept beside it. What stays is the column with the index: a
-- plain one where a score is written, a generated one where it is counted or an average.
do $$
declare
  of record;
begin
  for of in
    select 'standing_' || name as standings, 'leaderboard_' || name || '_v1' as lines, definition ->> 'add' in ('sum', 'best', 'latest') as written
    from board where definition -> 'ties' = '[]' and not definition ? 'marks'
  loop
    if of.written then
      execute format('alter table %I alter column place drop expression, alter column place set not null', of.standings);
    end if;
    execute format('create or replace view %I as %s', of.lines, regexp_replace(pg_get_viewdef(to_regclass(quote_ident(of.lines))), '\mtotal\M', 'place', 'g'));
    execute format('alter table %I drop column total', of.standings);
    execute format('alter table %I rename column place to total', of.standings);
  end loop;
end $$;
