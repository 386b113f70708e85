-- Up to when it is known what schedules missed: the last stamp of pg-boss that any process has seen.
create table schedule_watch (
  one           boolean primary key default true,
  seen_at       timestamptz not null default '-infinity',
  constraint one_schedule_watch check (one)
);
insert into schedule_watch default values;
