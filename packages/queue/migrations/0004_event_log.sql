-- A log of events, its types, and the last position of each of its shards. Positions are dense and in commit order: the
-- statement that adds events moves `last` and holds that row until it commits, so a reader of `position > at` never skips.
create table event_log (
  id            smallint generated always as identity primary key,
  name          text not null,
  source        text not null,
  shards        smallint not null,
  segment_size  bigint not null,
  erasable      boolean not null,
  chained       boolean not null,
  created_at    timestamptz not null default clock_timestamp(),
  constraint one_log_per_name unique (name)
);

create table event_type (
  log           smallint not null references event_log,
  id            smallint not null,
  name          text not null,
  primary key (log, id),
  constraint one_type_per_name unique (log, name)
);

create table log_head (
  log           smallint not null references event_log,
  shard         smallint not null,
  last          bigint not null default 0,
  readonly      boolean not null default false,
  primary key (log, shard)
) with (fillfactor = 10);

-- One partition per log, made when it is registered, cut into segments by position. `id` is null where `key` is the id,
-- `source` where it is the default one; `version` numbers the events of a stream and is null for what was ingested.
create table event (
  position       bigint not null,
  occurred_at    timestamptz not null,
  recorded_at    timestamptz not null default now(),
  key            uuid not null,
  version        int,
  log            smallint not null,
  shard          smallint not null,
  type           smallint not null,
  schema_version smallint not null,
  subject        text not null,
  id             text,
  source         text,
  extensions     jsonb,
  hash           text,
  digest         text,
  body           jsonb not null,
  primary key (log, shard, position)
) partition by list (log);

create index event_of_stream on event (log, shard, subject, version) where version is not null;

create table segment (
  log           smallint not null references event_log,
  number        int not null,
  statistics    jsonb,
  detached_at   timestamptz,
  evidence      jsonb,
  primary key (log, number)
);

-- What has been ingested, and a digest of it: the same key with another digest is a conflict. One partition per log.
create table seen (
  key           uuid not null,
  digest        bigint not null,
  log           smallint not null,
  shard         smallint not null,
  primary key (log, shard, key)
) partition by list (log);

-- Events that were doubted: kept aside until somebody releases or discards them.
create table quarantine (
  key            uuid not null,
  quarantined_at timestamptz not null default now(),
  occurred_at    timestamptz not null,
  digest         bigint not null,
  log            smallint not null references event_log,
  shard          smallint not null,
  type           smallint not null,
  schema_version smallint not null,
  subject        text not null,
  id             text,
  source         text,
  extensions     jsonb,
  reason         text not null,
  body           jsonb not null,
  primary key (log, shard, key)
);

create index quarantine_by_time on quarantine (log, quarantined_at);

-- Fields that arrive in events and that their schema does not name: counted, never refused.
create table event_drift (
  log           smallint not null references event_log,
  type          smallint not null,
  field         text not null,
  events        bigint not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  primary key (log, type, field)
);

-- A stream's last version and hash, and those of its last event that has been pruned.
create table stream (
  log           smallint not null references event_log,
  shard         smallint not null,
  id            text not null,
  version       int not null,
  hash          text,
  pruned_to     int,
  pruned_hash   text,
  primary key (log, shard, id)
) with (fillfactor = 50);

-- What a command has appended, so that the same command gets its first answer again.
create table stream_command (
  log           smallint not null references event_log,
  shard         smallint not null,
  stream        text not null,
  id            text not null,
  digest        text not null,
  version       int not null,
  events        int not null,
  position      bigint not null,
  recorded_at   timestamptz not null default now(),
  primary key (log, shard, stream, id)
);

create table snapshot (
  log           smallint not null references event_log,
  shard         smallint not null,
  stream        text not null,
  fold          text not null,
  version       int not null,
  body          jsonb not null,
  primary key (log, shard, stream, fold)
);

-- The key that a subject's events are sealed with. Without it nobody reads them: erasing is deleting the key.
create table subject_key (
  log           smallint not null references event_log,
  shard         smallint not null,
  subject       text not null,
  key           bytea,
  erased_at     timestamptz,
  primary key (log, shard, subject),
  constraint key_or_erased check ((key is null) = (erased_at is not null))
);

-- Who read which versions of a stream, where the reader asked for it to be written down.
create table stream_read (
  log           smallint not null references event_log,
  shard         smallint not null,
  id            uuid not null default gen_random_uuid(),
  stream        text not null,
  reader        text not null,
  purpose       text,
  after_version int not null,
  to_version    int not null,
  read_at       timestamptz not null default now(),
  primary key (log, shard, id)
);

create index stream_read_by_stream on stream_read (log, shard, stream, read_at);

-- How far a consumer has read each shard; moved in the transaction of what it did with the events.
create table log_consumer (
  log           smallint not null references event_log,
  shard         smallint not null,
  consumer      text not null,
  at            bigint not null default 0,
  primary key (log, shard, consumer)
) with (fillfactor = 50);
