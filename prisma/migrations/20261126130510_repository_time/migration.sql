-- Where the time of a run went, by repository and place, summed by the transactions that settle. Rows go with
-- their run, or with their repository.
create table repository_time (
  run_id bigint not null references run (id) on delete cascade,
  position smallint not null,
  -- Null where an item concerns no repository, or several.
  repository_id bigint references repository (id) on delete cascade,
  queued_ms double precision not null,
  paused_ms double precision not null,
  github_ms double precision not null,
  working_ms double precision not null,
  unique nulls not distinct (run_id, position, repository_id)
);
create index repository_time_repository on repository_time (repository_id);

-- When a limit put the item back; null unless it waits, or waited, for one.
alter table work_item add column snoozed_at timestamptz;
