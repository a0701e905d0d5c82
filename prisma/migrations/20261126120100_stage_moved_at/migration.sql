-- When a worker last settled or put back items of this stage. Null before the first.
alter table stage add column moved_at timestamptz;
