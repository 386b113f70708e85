-- The lowest places of a board's buckets, in their order, beside the rows of `bucket` that say the same: a batch that moves standings
-- wants all of them, and read thousands of rows for them. Not compressed, since each batch would unpack it.
alter table board add column bounds bigint[] not null default '{}';
alter table board alter column bounds set storage external;
update board set bounds = array(select lower from bucket where bucket.board = board.id order by lower);

-- Kept by a trigger: whoever cuts buckets anew, a process of an older release too, cuts both.
create function keep_bounds() returns trigger language plpgsql set search_path from current as $$
begin
  update board set bounds = array(select lower from bucket where bucket.board = board.id order by lower)
  where id in (select changed.board from changed);
  return null;
end $$;
create trigger bounds_of_new_buckets after insert on bucket
  referencing new table as changed for each statement execute function keep_bounds();
create trigger bounds_of_old_buckets after delete on bucket
  referencing old table as changed for each statement execute function keep_bounds();
