-- What is known by name: a projection with its rule set and source, a board with what it adds up.
create table projection (
  id            int generated always as identity primary key,
  name          text not null,
  version       int not null,
  rule_set      jsonb not null,
  rule_set_hash text not null,
  source        jsonb not null,
  created_at    timestamptz not null default clock_timestamp(),
  constraint one_definition_per_version unique (name, version)
);

create table board (
  id            int generated always as identity primary key,
  name          text not null,
  projection    int not null references projection,
  definition    jsonb not null,
  created_at    timestamptz not null default clock_timestamp(),
  constraint one_board_per_name unique (name)
);

-- A run is a projection asked to score a scope once; it ends when nothing in the scope is left unscored.
create table run (
  id            uuid primary key,
  projection    int not null references projection,
  scope         jsonb not null,
  corrects      boolean not null,
  retries       boolean not null,
  open_slices   int not null,
  started_at    timestamptz not null default clock_timestamp(),
  paused_at     timestamptz,
  cancelled_at  timestamptz,
  finished_at   timestamptz,
  constraint cancelled_run_is_finished check (cancelled_at is null or finished_at is not null)
);

create unique index one_unfinished_run_per_scope on run (projection, scope) where finished_at is null;
create index run_by_scope on run (projection, scope, started_at);

-- A slice is a checkpoint with an end: a piece of a run along the subject, (lo, hi], passed up to `at`.
-- It is the truth; the pg-boss job of the same id is only a hint to look at it.
create table slice (
  id            uuid primary key,
  run           uuid not null references run on delete cascade,
  lo            text,
  hi            text,
  at            text[],
  step          int,
  expected      bigint not null,
  scored        bigint not null default 0,
  rejected      bigint not null default 0,
  parked        bigint not null default 0,
  starts        int not null default 0,
  settled       int not null default 0,
  error         text,
  created_at    timestamptz not null default clock_timestamp(),
  began_at      timestamptz,
  touched_at    timestamptz,
  done_at       timestamptz,
  constraint settled_never_passes_starts check (settled <= starts)
) with (fillfactor = 50);

create index unfinished_slice on slice (touched_at) where done_at is null;
create index slice_by_run on slice (run);
