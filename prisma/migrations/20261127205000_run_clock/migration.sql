-- Time that workers spent on settled work: inside calls to GitHub, and otherwise.
alter table stage
  add column github_ms double precision not null default 0,
  add column working_ms double precision not null default 0;
alter table batch add column claimed_at timestamptz;

-- Where the time of a run goes by the wall clock: about once a second, what has passed since is shared out among
-- what the run was doing (app/ledger/run-clock.ts). Time that nobody told is in none of the columns.
create table run_clock (
  run_id bigint primary key references run (id) on delete cascade,
  -- Up to when the time is told.
  told_at timestamptz not null,
  github_ms double precision not null default 0,
  storing_ms double precision not null default 0,
  transform_ms double precision not null default 0,
  embedding_ms double precision not null default 0,
  queued_ms double precision not null default 0,
  paused_ms double precision not null default 0,
  retrying_ms double precision not null default 0,
  -- Between an end and what reopened the run: no part of its time.
  ended_ms double precision not null default 0,
  -- What workers had spent by then, over all batches: those of GitHub, storing, transform and embedding.
  spent_ms double precision[] not null default '{0,0,0,0}'
) with (fillfactor = 50); -- Its one row is updated every second, and stays on its page.

-- How many work items of each stage were settled at the beginning of a minute, or as soon as it was told. Rows of the
-- last hours only.
create table stage_minute (
  installation_id bigint not null references installation (id) on delete cascade,
  minute timestamptz not null,
  run_id bigint not null references run (id) on delete cascade,
  position smallint not null,
  settled integer not null,
  primary key (installation_id, minute, run_id, position)
);
create index stage_minute_run on stage_minute (run_id);
create index stage_minute_minute on stage_minute (minute);
