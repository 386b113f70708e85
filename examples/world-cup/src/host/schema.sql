-- The host's own tables. Nothing here knows of Scorekeep: composite keys, its own names, and a column type that lets
-- through more than it should, as columns do.

create table team (
  team_id       uuid primary key,
  number        smallint not null unique check (number between 1 and 48),
  name          text not null unique,
  code          char(3) not null,
  group_letter  char(1)                               -- null until the draw
);

create table entrant (
  entrant_id    uuid primary key,
  display_name  text not null
);

-- Contest a: who is drawn into which group?
create table draw_contest (
  contest_id    uuid primary key,
  title         text not null,
  group_of      smallint[],                           -- by team number, the group from 1 (A) to 12 (L); null until the draw
  marked_team   smallint,
  revision      integer not null default 0
);

create table draw_entry (
  contest_id    uuid not null,
  entrant_id    uuid not null,
  picks         smallint[],                           -- team numbers, four for group A, then four for B, ...
  locked_at     timestamptz not null,
  primary key (contest_id, entrant_id)
);

-- Contest b: how does each match end?
create table fixture (
  id              uuid primary key,
  number          smallint not null unique,
  stage           text not null,
  kickoff_at      timestamptz not null,
  home_team       uuid not null references team,
  away_team       uuid not null references team,
  home_goals      smallint,                           -- after 90 minutes; null until then
  away_goals      smallint,
  result_revision integer not null default 0
);

create table forecast (
  entrant_ref   uuid not null,
  fixture_ref   uuid not null,
  home_goals    numeric(6, 2),
  away_goals    numeric(6, 2),
  submitted_at  timestamptz not null,
  locked_at     timestamptz not null,
  primary key (entrant_ref, fixture_ref)
);
