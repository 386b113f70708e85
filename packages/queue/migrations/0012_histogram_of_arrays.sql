-- A row of the histogram counts 128 neighbouring buckets, and their sum: a batch changes few rows where it changed one for each
-- bucket that somebody left or entered.
alter table histogram rename to histogram_of_buckets;
alter table histogram_of_buckets rename constraint histogram_pkey to histogram_of_buckets_pkey;
alter table histogram_of_buckets rename constraint histogram_board_fkey to histogram_of_buckets_board_fkey;

-- How many entrants the buckets `upper * 128` to `upper * 128 + 127` hold together and each. A count is spread over shards, so
-- that two transactions seldom wait for each other; only the sum over the shards means anything, and one shard may be negative.
create table histogram (
  board         int not null references board on delete cascade,
  window_key    text collate "C" not null,
  upper         int not null,
  shard         smallint not null,
  n             bigint not null,
  counts        int[] not null,
  primary key (board, window_key, upper, shard)
) with (fillfactor = 50);

-- The 128 counts of a row of the histogram: `ns` at `places`, which are from 0 to 127, and 0 everywhere else.
create function counts_at(places int[], ns int[]) returns int[] language plpgsql immutable strict parallel safe as $$
declare
  counts int[] := array_fill(0, array[128]);
begin
  for i in 1 .. cardinality(places) loop
    counts[places[i] + 1] := ns[i];
  end loop;
  return counts;
end $$;

insert into histogram (board, window_key, upper, shard, n, counts)
select board, window_key, bucket / 128, shard, sum(n), counts_at(array_agg(bucket % 128), array_agg(n::int))
from histogram_of_buckets where level = 1 group by 1, 2, 3, 4;

drop table histogram_of_buckets;
