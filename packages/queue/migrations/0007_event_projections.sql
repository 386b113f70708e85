-- What a projection over an event log has folded, once or several times over: a table and a consumer for each build. The live
-- one is read and fed; others are rebuilt beside it, kept from before it, or show an earlier time.
create table projection_build (
  projection    int not null references projection,
  number        int not null,
  live          boolean not null default false,
  -- Only events recorded up to then are in it, and no more will be.
  as_of         timestamptz,
  paused_at     timestamptz,
  created_at    timestamptz not null default clock_timestamp(),
  primary key (projection, number)
);
create unique index one_live_build on projection_build (projection) where live;

-- Events that a consumer has passed without applying them: they failed, or, in an ordered projection, wait behind one of their
-- subject that did (code is null). Each one that failed has a job; the row is what says that it is still to be applied.
create table parked_event (
  log           smallint not null references event_log,
  shard         smallint not null,
  position      bigint not null,
  consumer      text not null,
  subject       text not null,
  code          text,
  parked_at     timestamptz not null default clock_timestamp(),
  primary key (log, consumer, shard, position)
);
create index parked_by_subject on parked_event (log, consumer, shard, subject, position);
create index parked_by_position on parked_event (log, position);

-- Where a consumer was a while ago, for its rate.
alter table log_consumer add column rate_at bigint;
alter table log_consumer add column rate_since timestamptz;
