-- The bounds of a board's histogram: bucket `number` holds the places from `lower` up to the next bucket's.
create table bucket (
  board         int not null references board on delete cascade,
  lower         bigint not null,
  number        int not null,
  primary key (board, lower)
);

-- How many entrants a bucket holds, at two levels. A count is spread over shards, so that two transactions seldom wait for
-- each other; only the sum over the shards means anything, and one shard may be negative.
create table histogram (
  board         int not null references board on delete cascade,
  window_key    text collate "C" not null,
  level         smallint not null,
  bucket        int not null,
  shard         smallint not null,
  n             bigint not null,
  primary key (board, window_key, level, bucket, shard)
) with (fillfactor = 50);

-- Subjects that are off a board, and were: who did it, when and why stays. By name, since a board may be switched.
create table exclusion (
  id            bigint generated always as identity primary key,
  board         text not null,
  subject       text not null,
  reason        text not null,
  excluded_by   text not null,
  excluded_at   timestamptz not null default clock_timestamp(),
  readmitted_by text,
  readmitted_at timestamptz,
  constraint readmitted_by_somebody check ((readmitted_by is null) = (readmitted_at is null))
);

create unique index one_exclusion_at_a_time on exclusion (board, subject) where readmitted_at is null;

-- A window is closed once: what it ended with stands in the archive and does not change any more.
create table closed_window (
  board         text not null,
  window_key    text collate "C" not null,
  entrants      bigint not null,
  closed_at     timestamptz not null default clock_timestamp(),
  primary key (board, window_key)
);

create table archive (
  board         text not null,
  window_key    text collate "C" not null,
  subject       text collate "C" not null,
  place         bigint not null,
  rank          numeric not null,
  total         bigint not null,
  scored        bigint not null,
  ties          jsonb not null,
  primary key (board, window_key, subject),
  constraint archived_in_a_closed_window foreign key (board, window_key) references closed_window
);

create unique index archive_by_place on archive (board, window_key, place);

-- A prize is claimed once.
create table prize (
  board         text not null,
  window_key    text collate "C" not null,
  subject       text collate "C" not null,
  rank          numeric not null,
  amount        bigint not null,
  awarded_at    timestamptz not null default clock_timestamp(),
  claimed_at    timestamptz,
  primary key (board, window_key, subject),
  constraint prize_for_an_archived_place foreign key (board, window_key, subject) references archive
);

-- Boards got columns, a histogram and a view. They hold nothing that the scores do not: each is built again when it is next used.
do $$
declare
  name text;
begin
  for name in select b.name from board b loop
    execute format('drop table if exists %I', 'standing_' || name);
  end loop;
  delete from board;
end $$;
