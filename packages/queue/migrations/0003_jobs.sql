-- A process that works jobs. It holds the session lock of its number as long as it lives; without the lock it is dead.
create table job_worker (
  id            int generated always as identity primary key,
  host          text not null,
  pid           int not null,
  started_at    timestamptz not null default clock_timestamp()
);

-- What a worker has in hand in a transaction that is still open: written before the handlers run, on another connection,
-- so that it outlives the process. Empty `jobs` is nothing.
create table job_intent (
  worker        int not null,
  lane          int not null,
  queue         text not null,
  jobs          uuid[] not null,
  began_at      timestamptz not null default clock_timestamp(),
  seconds       int not null,
  primary key (worker, lane)
) with (fillfactor = 50);

-- A job that was in hand when a process died or ran out of time: it comes back in smaller company, until it is alone.
create table job_suspect (
  job           uuid primary key,
  crashes       int not null,
  alone         int not null,
  size          int not null,
  at            timestamptz not null default clock_timestamp(),
  constraint size_is_positive check (size > 0)
);

-- Claimed jobs, each with its worker: what pg-boss's row does not say.
create table job_claim (
  job           uuid primary key,
  attempt       int not null,
  queue         text not null,
  worker        int not null,
  claimed_at    timestamptz not null default clock_timestamp(),
  due_at        timestamptz not null
);

create index claim_by_worker on job_claim (worker);
create index claim_due on job_claim (due_at);

-- What all workers of a queue must agree on: whether it is paused, and how many tokens its rate limit has left.
create table job_queue (
  name          text primary key,
  paused_at     timestamptz,
  tokens        double precision,
  filled_at     timestamptz
) with (fillfactor = 50);

-- Who did what to dead letters and queues. Never a payload.
create table audit (
  id            bigint generated always as identity primary key,
  at            timestamptz not null default clock_timestamp(),
  actor         text not null,
  action        text not null,
  target        text not null,
  request       text,
  detail        jsonb not null,
  constraint one_effect_per_request unique (request)
);
