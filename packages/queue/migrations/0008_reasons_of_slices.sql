-- Why a slice refused what it refused: reason code to count; null when it refused nothing.
alter table slice add column reasons jsonb;
