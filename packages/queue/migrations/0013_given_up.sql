-- Events that a consumer leaves out for good, because a host gave them up: passed without being applied, or still ahead of a build
-- that is rebuilt or was kept.
create table given_up_event (
  log           smallint not null references event_log,
  shard         smallint not null,
  position      bigint not null,
  consumer      text not null,
  given_up_at   timestamptz not null default clock_timestamp(),
  primary key (log, consumer, shard, position)
);

-- When a rebuild was last done with the build, however it ended. One of before may have been live, and nobody knows what folded it: a
-- rebuild begins a new one.
alter table projection_build add column compared_at timestamptz;
update projection_build set compared_at = clock_timestamp();
