-- What a host that takes predictions has beside the tables of the demo: until when they may be changed.
alter table draw_contest add column closes_at timestamptz not null default 'infinity';
