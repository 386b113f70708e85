-- Whether the subject has been put aside since it was last folded, so that there may be jobs and dead letters of it.
alter table refold add column put_aside boolean not null default false;
