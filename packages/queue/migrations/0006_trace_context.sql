-- What caused a run, as whoever observes the pipeline put it (W3C trace context); its slices are begun with it at hand.
alter table run add column trace_context jsonb;

-- Of the processes that observe the pipeline one at a time reads its figures. The lease runs by the database's clock.
create table observer (
  one           boolean primary key default true,
  holder        text not null,
  held_until    timestamptz not null,
  read_at       timestamptz,
  constraint one_observer check (one)
);
