-- The ledger: what is to be done, what is being done, what was done. app/ledger tells how it moves.

create table installation (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('app', 'token')),
  external_id text not null unique,
  account text not null,
  active boolean not null default true,
  inactive_reason text,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table run (
  id bigint generated always as identity primary key,
  installation_id bigint not null references installation (id) on delete cascade,
  mode text not null check (mode in ('full', 'incremental', 'targeted')),
  trigger text not null check (trigger in ('schedule', 'manual', 'webhook', 'cli')),
  state text not null default 'queued' check (state in
    ('queued', 'running', 'paused', 'finished', 'finished_with_gaps', 'failed', 'cancelled')),
  request jsonb not null default '{}',
  version bigint not null default 1,
  paused_until timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  last_job_item_at timestamptz,
  finished_at timestamptz
);

-- At most one sync at work and one waiting for its end, whoever asks at the same moment.
create unique index run_sync_active on run (installation_id)
  where mode <> 'targeted' and state in ('running', 'paused');
create unique index run_sync_queued on run (installation_id)
  where mode <> 'targeted' and state = 'queued';
create index run_installation on run (installation_id, id);
create index run_open on run (id) where state in ('queued', 'running', 'paused');
create index run_finished on run (finished_at) where finished_at is not null;

create table stage (
  run_id bigint not null references run (id) on delete cascade,
  position smallint not null,
  step text not null,
  stage text not null check (stage in ('extraction', 'transform', 'embedding')),
  upstream smallint[] not null,
  total integer not null default 0,
  done integer not null default 0,
  failed integer not null default 0,
  gaps integer not null default 0,
  cancelled integer not null default 0,
  open integer not null generated always as (total - done - failed - gaps - cancelled) stored,
  first_item_at timestamptz,
  last_item_at timestamptz,
  primary key (run_id, position),
  check (total - done - failed - gaps - cancelled >= 0)
);

-- No foreign key to run: its checks would lock the run's row for every insert, against the settling
-- transactions that update it, and they were a source of deadlocks. Cleanup deletes items before runs.
create table work_item (
  id bigint generated always as identity primary key,
  run_id bigint not null,
  position smallint not null,
  key text not null,
  payload jsonb not null default '{}',
  weight integer not null default 1 check (weight > 0),
  priority smallint not null check (priority between 0 and 3),
  state text not null default 'pending' check (state in
    ('pending', 'done', 'failed', 'gap', 'cancelled')),
  attempts smallint not null default 0,
  lost_leases smallint not null default 0,
  dirty boolean not null default false,
  reread boolean not null default false,
  batch_id bigint,
  not_before timestamptz not null default now(),
  reason text check (reason in ('rate_limit', 'provider', 'retrying')),
  message text,
  subject text,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (run_id, position, key)
) with (fillfactor = 50);
-- batch_id stands in no index, and half of each page is free: an item gets into a batch by an update
-- that touches no index.
create index work_item_pending on work_item (run_id, position, priority, id)
  where state = 'pending';
create index work_item_waiting on work_item (run_id, position)
  where state = 'pending' and reason is not null;
create index work_item_unfinished on work_item (run_id, id) where state in ('failed', 'gap');

create table batch (
  id bigint generated always as identity primary key,
  run_id bigint not null,
  position smallint not null,
  priority smallint not null,
  items bigint[] not null,
  weight integer not null,
  state text not null default 'queued' check (state in ('queued', 'running')),
  until timestamptz not null
);
create index batch_run on batch (run_id, position);

create table worker (
  id text primary key,
  host text not null,
  pid integer not null,
  slots jsonb not null,
  started_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);

create table setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
