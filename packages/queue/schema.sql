create table archive (
  board text not null,
  window_key text not null,
  subject text not null,
  place bigint not null,
  rank numeric not null,
  total bigint not null,
  scored bigint not null,
  ties jsonb not null,
  constraint archive_pkey PRIMARY KEY (board, window_key, subject),
  constraint archived_in_a_closed_window FOREIGN KEY (board, window_key) REFERENCES scorekeep.closed_window(board, window_key)
);
CREATE UNIQUE INDEX archive_by_place ON scorekeep.archive USING btree (board, window_key, place);

create table audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default clock_timestamp(),
  actor text not null,
  action text not null,
  target text not null,
  request text,
  detail jsonb not null,
  constraint audit_pkey PRIMARY KEY (id),
  constraint one_effect_per_request UNIQUE (request)
);

create table board (
  id integer not null generated always as identity,
  name text not null,
  projection integer not null,
  definition jsonb not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  bounds bigint[] not null default '{}'::bigint[],
  constraint board_pkey PRIMARY KEY (id),
  constraint board_projection_fkey FOREIGN KEY (projection) REFERENCES scorekeep.projection(id),
  constraint one_board_per_name UNIQUE (name)
);

create table bucket (
  board integer not null,
  lower bigint not null,
  number integer not null,
  constraint bucket_board_fkey FOREIGN KEY (board) REFERENCES scorekeep.board(id) ON DELETE CASCADE,
  constraint bucket_pkey PRIMARY KEY (board, lower)
);

create table closed_window (
  board text not null,
  window_key text not null,
  entrants bigint not null,
  closed_at timestamp with time zone not null default clock_timestamp(),
  constraint closed_window_pkey PRIMARY KEY (board, window_key)
);

create table event (
  position bigint not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default now(),
  key uuid not null,
  version integer,
  log smallint not null,
  shard smallint not null,
  type smallint not null,
  schema_version smallint not null,
  subject text not null,
  id text,
  source text,
  extensions jsonb,
  hash text,
  digest text,
  body jsonb not null,
  constraint event_pkey PRIMARY KEY (log, shard, "position")
) partition by LIST (log);
CREATE INDEX event_of_stream ON ONLY scorekeep.event USING btree (log, shard, subject, version) WHERE (version IS NOT NULL);

create table event_drift (
  log smallint not null,
  type smallint not null,
  field text not null,
  events bigint not null,
  first_seen_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  constraint event_drift_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint event_drift_pkey PRIMARY KEY (log, type, field)
);

create table event_log (
  id smallint not null generated always as identity,
  name text not null,
  source text not null,
  shards smallint not null,
  segment_size bigint not null,
  erasable boolean not null,
  chained boolean not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint event_log_pkey PRIMARY KEY (id),
  constraint one_log_per_name UNIQUE (name)
);

create table event_type (
  log smallint not null,
  id smallint not null,
  name text not null,
  constraint event_type_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint event_type_pkey PRIMARY KEY (log, id),
  constraint one_type_per_name UNIQUE (log, name)
);

create table exclusion (
  id bigint not null generated always as identity,
  board text not null,
  subject text not null,
  reason text not null,
  excluded_by text not null,
  excluded_at timestamp with time zone not null default clock_timestamp(),
  readmitted_by text,
  readmitted_at timestamp with time zone,
  constraint exclusion_pkey PRIMARY KEY (id),
  constraint readmitted_by_somebody CHECK (((readmitted_by IS NULL) = (readmitted_at IS NULL)))
);
CREATE UNIQUE INDEX one_exclusion_at_a_time ON scorekeep.exclusion USING btree (board, subject) WHERE (readmitted_at IS NULL);

create table given_up_event (
  log smallint not null,
  shard smallint not null,
  position bigint not null,
  consumer text not null,
  given_up_at timestamp with time zone not null default clock_timestamp(),
  constraint given_up_event_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint given_up_event_pkey PRIMARY KEY (log, consumer, shard, "position")
);

create table histogram (
  board integer not null,
  window_key text not null,
  upper integer not null,
  shard smallint not null,
  n bigint not null,
  counts integer[] not null,
  constraint histogram_board_fkey FOREIGN KEY (board) REFERENCES scorekeep.board(id) ON DELETE CASCADE,
  constraint histogram_pkey PRIMARY KEY (board, window_key, upper, shard)
) with (fillfactor=50);

create table job_claim (
  job uuid not null,
  attempt integer not null,
  queue text not null,
  worker integer not null,
  claimed_at timestamp with time zone not null default clock_timestamp(),
  due_at timestamp with time zone not null,
  constraint job_claim_pkey PRIMARY KEY (job)
);
CREATE INDEX claim_by_worker ON scorekeep.job_claim USING btree (worker);
CREATE INDEX claim_due ON scorekeep.job_claim USING btree (due_at);

create table job_intent (
  worker integer not null,
  lane integer not null,
  queue text not null,
  jobs uuid[] not null,
  began_at timestamp with time zone not null default clock_timestamp(),
  seconds integer not null,
  constraint job_intent_pkey PRIMARY KEY (worker, lane)
) with (fillfactor=50);

create table job_queue (
  name text not null,
  paused_at timestamp with time zone,
  tokens double precision,
  filled_at timestamp with time zone,
  constraint job_queue_pkey PRIMARY KEY (name)
) with (fillfactor=50);

create table job_suspect (
  job uuid not null,
  crashes integer not null,
  alone integer not null,
  size integer not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint job_suspect_pkey PRIMARY KEY (job),
  constraint size_is_positive CHECK ((size > 0))
);

create table job_worker (
  id integer not null generated always as identity,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  constraint job_worker_pkey PRIMARY KEY (id)
);

create table log_consumer (
  log smallint not null,
  shard smallint not null,
  consumer text not null,
  at bigint not null default 0,
  rate_at bigint,
  rate_since timestamp with time zone,
  step integer,
  suspect bigint,
  constraint log_consumer_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint log_consumer_pkey PRIMARY KEY (log, shard, consumer)
) with (fillfactor=50);

create table log_head (
  log smallint not null,
  shard smallint not null,
  last bigint not null default 0,
  readonly boolean not null default false,
  constraint log_head_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint log_head_pkey PRIMARY KEY (log, shard)
) with (fillfactor=10);

create table migration (
  number integer not null,
  name text not null,
  sql text not null,
  applied_at timestamp with time zone not null default clock_timestamp(),
  constraint migration_pkey PRIMARY KEY (number)
);

create table observer (
  one boolean not null default true,
  holder text not null,
  held_until timestamp with time zone not null,
  read_at timestamp with time zone,
  constraint observer_pkey PRIMARY KEY (one),
  constraint one_observer CHECK (one)
);

create table parked_event (
  log smallint not null,
  shard smallint not null,
  position bigint not null,
  consumer text not null,
  subject text not null,
  code text,
  parked_at timestamp with time zone not null default clock_timestamp(),
  constraint parked_event_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint parked_event_pkey PRIMARY KEY (log, consumer, shard, "position")
);
CREATE INDEX parked_by_position ON scorekeep.parked_event USING btree (log, "position");
CREATE INDEX parked_by_subject ON scorekeep.parked_event USING btree (log, consumer, shard, subject, "position");

create table prize (
  board text not null,
  window_key text not null,
  subject text not null,
  rank numeric not null,
  amount bigint not null,
  awarded_at timestamp with time zone not null default clock_timestamp(),
  claimed_at timestamp with time zone,
  constraint prize_for_an_archived_place FOREIGN KEY (board, window_key, subject) REFERENCES scorekeep.archive(board, window_key, subject),
  constraint prize_pkey PRIMARY KEY (board, window_key, subject)
);

create table projection (
  id integer not null generated always as identity,
  name text not null,
  version integer not null,
  rule_set jsonb not null,
  rule_set_hash text not null,
  source jsonb not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint one_definition_per_version UNIQUE (name, version),
  constraint projection_pkey PRIMARY KEY (id)
);

create table projection_build (
  projection integer not null,
  number integer not null,
  live boolean not null default false,
  as_of timestamp with time zone,
  paused_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  passed bigint not null default 0,
  rate_at bigint,
  rate_since timestamp with time zone,
  compared_at timestamp with time zone,
  constraint projection_build_pkey PRIMARY KEY (projection, number),
  constraint projection_build_projection_fkey FOREIGN KEY (projection) REFERENCES scorekeep.projection(id)
);
CREATE UNIQUE INDEX one_live_build ON scorekeep.projection_build USING btree (projection) WHERE live;

create table quarantine (
  key uuid not null,
  quarantined_at timestamp with time zone not null default now(),
  occurred_at timestamp with time zone not null,
  digest bigint not null,
  log smallint not null,
  shard smallint not null,
  type smallint not null,
  schema_version smallint not null,
  subject text not null,
  id text,
  source text,
  extensions jsonb,
  reason text not null,
  body jsonb not null,
  constraint quarantine_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint quarantine_pkey PRIMARY KEY (log, shard, key)
);
CREATE INDEX quarantine_by_time ON scorekeep.quarantine USING btree (log, quarantined_at);

create table refold (
  projection integer not null,
  build integer not null,
  subject text not null,
  marked_at timestamp with time zone not null default clock_timestamp(),
  starts integer not null default 0,
  due_at timestamp with time zone not null default clock_timestamp(),
  code text,
  holder integer,
  put_aside boolean not null default false,
  constraint refold_pkey PRIMARY KEY (projection, build, subject),
  constraint refold_projection_fkey FOREIGN KEY (projection) REFERENCES scorekeep.projection(id)
) with (fillfactor=70);
CREATE INDEX refold_due ON scorekeep.refold USING btree (projection, build, due_at);
CREATE INDEX refold_held ON scorekeep.refold USING btree (holder) WHERE (holder IS NOT NULL);

create table run (
  id uuid not null,
  projection integer not null,
  scope jsonb not null,
  corrects boolean not null,
  retries boolean not null,
  open_slices integer not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  paused_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  finished_at timestamp with time zone,
  trace_context jsonb,
  constraint cancelled_run_is_finished CHECK (((cancelled_at IS NULL) OR (finished_at IS NOT NULL))),
  constraint run_pkey PRIMARY KEY (id),
  constraint run_projection_fkey FOREIGN KEY (projection) REFERENCES scorekeep.projection(id)
);
CREATE UNIQUE INDEX one_unfinished_run_per_scope ON scorekeep.run USING btree (projection, scope) WHERE (finished_at IS NULL);
CREATE INDEX run_by_scope ON scorekeep.run USING btree (projection, scope, started_at);

create table run_horizon (
  run uuid not null,
  oldest xid8 not null default pg_snapshot_xmin(pg_current_snapshot()),
  written_by xid8 not null default pg_current_xact_id(),
  constraint run_horizon_pkey PRIMARY KEY (run),
  constraint run_horizon_run_fkey FOREIGN KEY (run) REFERENCES scorekeep.run(id) ON DELETE CASCADE
);

create table schedule_watch (
  one boolean not null default true,
  seen_at timestamp with time zone not null default '-infinity'::timestamp with time zone,
  constraint one_schedule_watch CHECK (one),
  constraint schedule_watch_pkey PRIMARY KEY (one)
);

create table seen (
  key uuid not null,
  digest bigint not null,
  log smallint not null,
  shard smallint not null,
  constraint seen_pkey PRIMARY KEY (log, shard, key)
) partition by LIST (log);

create table segment (
  log smallint not null,
  number integer not null,
  statistics jsonb,
  detached_at timestamp with time zone,
  evidence jsonb,
  constraint segment_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint segment_pkey PRIMARY KEY (log, number)
);

create table slice (
  id uuid not null,
  run uuid not null,
  lo text,
  hi text,
  at text[],
  step integer,
  expected bigint not null,
  scored bigint not null default 0,
  rejected bigint not null default 0,
  parked bigint not null default 0,
  starts integer not null default 0,
  settled integer not null default 0,
  error text,
  created_at timestamp with time zone not null default clock_timestamp(),
  began_at timestamp with time zone,
  touched_at timestamp with time zone,
  done_at timestamp with time zone,
  fresh boolean not null default false,
  reasons jsonb,
  constraint settled_never_passes_starts CHECK ((settled <= starts)),
  constraint slice_pkey PRIMARY KEY (id),
  constraint slice_run_fkey FOREIGN KEY (run) REFERENCES scorekeep.run(id) ON DELETE CASCADE
) with (fillfactor=50);
CREATE INDEX slice_by_run ON scorekeep.slice USING btree (run);
CREATE INDEX unfinished_slice ON scorekeep.slice USING btree (touched_at) WHERE (done_at IS NULL);

create table snapshot (
  log smallint not null,
  shard smallint not null,
  stream text not null,
  fold text not null,
  version integer not null,
  body jsonb not null,
  constraint snapshot_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint snapshot_pkey PRIMARY KEY (log, shard, stream, fold)
);

create table step_intent (
  id integer not null generated always as identity,
  log smallint not null,
  consumer text not null,
  shards smallint[] not null,
  began_at timestamp with time zone not null default clock_timestamp(),
  constraint step_intent_pkey PRIMARY KEY (id)
);

create table stream (
  log smallint not null,
  shard smallint not null,
  id text not null,
  version integer not null,
  hash text,
  pruned_to integer,
  pruned_hash text,
  constraint stream_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint stream_pkey PRIMARY KEY (log, shard, id)
) with (fillfactor=50);

create table stream_command (
  log smallint not null,
  shard smallint not null,
  stream text not null,
  id text not null,
  digest text not null,
  version integer not null,
  events integer not null,
  position bigint not null,
  recorded_at timestamp with time zone not null default now(),
  constraint stream_command_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint stream_command_pkey PRIMARY KEY (log, shard, stream, id)
);

create table stream_read (
  log smallint not null,
  shard smallint not null,
  id uuid not null default gen_random_uuid(),
  stream text not null,
  reader text not null,
  purpose text,
  after_version integer not null,
  to_version integer not null,
  read_at timestamp with time zone not null default now(),
  constraint stream_read_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint stream_read_pkey PRIMARY KEY (log, shard, id)
);
CREATE INDEX stream_read_by_stream ON scorekeep.stream_read USING btree (log, shard, stream, read_at);

create table subject_key (
  log smallint not null,
  shard smallint not null,
  subject text not null,
  key bytea,
  erased_at timestamp with time zone,
  constraint key_or_erased CHECK (((key IS NULL) = (erased_at IS NOT NULL))),
  constraint subject_key_log_fkey FOREIGN KEY (log) REFERENCES scorekeep.event_log(id),
  constraint subject_key_pkey PRIMARY KEY (log, shard, subject)
);

CREATE OR REPLACE FUNCTION scorekeep.counts_at(places integer[], ns integer[])
 RETURNS integer[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  counts int[] := array_fill(0, array[128]);
begin
  for i in 1 .. cardinality(places) loop
    counts[places[i] + 1] := ns[i];
  end loop;
  return counts;
end $function$

CREATE OR REPLACE FUNCTION scorekeep.keep_bounds()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'scorekeep'
AS $function$
begin
  update board set bounds = array(select lower from bucket where bucket.board = board.id order by lower)
  where id in (select changed.board from changed);
  return null;
end $function$

CREATE TRIGGER bounds_of_new_buckets AFTER INSERT ON scorekeep.bucket REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scorekeep.keep_bounds();

CREATE TRIGGER bounds_of_old_buckets AFTER DELETE ON scorekeep.bucket REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION scorekeep.keep_bounds();
