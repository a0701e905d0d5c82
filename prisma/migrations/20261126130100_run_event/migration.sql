-- What happened in a run, written by the transaction that made it happen. Rows go with their run.
create table run_event (
  id bigint generated always as identity primary key,
  run_id bigint not null references run (id) on delete cascade,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('requested', 'joined', 'started', 'stage_ended', 'paused', 'waited',
    'retried', 'failed', 'gap', 'lease_lost', 'reopened', 'cancelled', 'ended')),
  level text not null check (level in ('info', 'warning', 'error')),
  -- The place of the stage that it concerns.
  position smallint,
  -- Who asked for it.
  actor text,
  message text,
  -- What GitHub or the provider answered.
  detail text,
  -- The work item: the name that its outcome gave it, and what another name is derived from.
  subject text,
  payload jsonb,
  facts jsonb not null default '{}',
  -- Until when a pause was to last, and when it ended.
  until_at timestamptz,
  ended_at timestamptz,
  -- Events of one run with the same text here are one row, which counts them.
  fold text,
  times integer not null default 1,
  last_at timestamptz not null default clock_timestamp(),
  unique (run_id, fold)
);
create index run_event_run on run_event (run_id, id);

-- Of the runs before this, what is still known.
insert into run_event (run_id, at, last_at, kind, level)
select id, started_at, started_at, 'started', 'info' from run where started_at is not null;
insert into run_event (run_id, at, last_at, kind, level, facts)
select id, finished_at, finished_at, case when state = 'cancelled' then 'cancelled' else 'ended' end,
  case state when 'failed' then 'error' when 'finished' then 'info' else 'warning' end,
  jsonb_build_object('state', state)
from run where finished_at is not null;
