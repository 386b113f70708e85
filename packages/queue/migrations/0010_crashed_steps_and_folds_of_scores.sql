-- The shards that a step of a projection is about to fold, written before its transaction, so that the death of its process leaves
-- it there: a row that nobody's transaction holds the lock of is a crash. Losing them with the server does no harm.
create unlogged table step_intent (
  id            int generated always as identity (cycle) primary key,
  log           smallint not null,
  consumer      text not null,
  shards        smallint[] not null,
  began_at      timestamptz not null default clock_timestamp()
);

-- After steps whose process died: how many events the next may take, alone, and up to where they are suspected.
alter table log_consumer add column step int;
alter table log_consumer add column suspect bigint;

-- Subjects whose state has to be folded again from their scores, for each build of a projection over these. Written by the
-- transaction that writes the scores, deleted by the one that writes the state.
create table refold (
  projection    int not null references projection,
  build         int not null,
  subject       text collate "C" not null,
  marked_at     timestamptz not null default clock_timestamp(),
  -- How often it was begun, which a death of the process does not undo; from when on it may be again; and what it failed with.
  starts        int not null default 0,
  due_at        timestamptz not null default clock_timestamp(),
  code          text,
  -- The process of the server that it was last begun by.
  holder        int,
  primary key (projection, build, subject)
) with (fillfactor = 70);
create index refold_held on refold (holder) where holder is not null;
create index refold_due on refold (projection, build, due_at);

-- How many subjects a build over scores has folded, and where that was a while ago, for its rate.
alter table projection_build add column passed bigint not null default 0;
alter table projection_build add column rate_at bigint;
alter table projection_build add column rate_since timestamptz;
