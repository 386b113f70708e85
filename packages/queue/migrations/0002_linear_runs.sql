-- What a run's last look may take for granted: the oldest transaction that was not over when the run began. A row version
-- older than that was seen by every slice. A row here is never updated, so that xmin still is the transaction that wrote
-- it; after a dump and restore it is not, and a horizon that means nothing in this cluster is not believed.
create table run_horizon (
  run         uuid primary key references run on delete cascade,
  oldest      xid8 not null default pg_snapshot_xmin(pg_current_snapshot()),
  written_by  xid8 not null default pg_current_xact_id()
);

-- Nothing of the projection was scored when the slice was cut, so its items need not be looked up among the scores. Should
-- that have changed, the primary key of the scores refuses the step, and the next try looks.
alter table slice add column fresh boolean not null default false;
