-- The checks of the head of each pull request that has any: docs/sync.md explains when they are read.

create table check_list (
  -- The pull request. Its own row may come later, because the list is read as soon as GitHub names the pull request.
  node_id text primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  -- Since when the list is to be read; null if it is read.
  due_at timestamptz,
  -- Answers in a row of which the list was not complete.
  failures smallint not null default 0,
  -- Why it has not been read, or not again.
  waits_for text,
  -- True if it does not fit into one page, and is read alone.
  is_long boolean not null default false,
  -- The rest is null until the list was read. It belongs to this head.
  head_oid text,
  rollup_state text,
  -- GitHub's count; null if GitHub withholds the list.
  total integer,
  -- The checks, as app/github/queries/checks.ts keeps them.
  contexts jsonb not null default '[]',
  -- Why checks are missing.
  reason text,
  -- Start of the reading, by the database's clock. An earlier one never replaces it.
  read_at timestamptz
);
create index check_list_repository on check_list (repository_id);
create index check_list_due on check_list (due_at) where due_at is not null;

insert into check_list (node_id, repository_id, due_at)
  select node_id, repository_id, clock_timestamp() from pull_request
  where rollup_state is not null and deleted_at is null;

alter table gap drop constraint gap_kind_check,
  add constraint gap_kind_check check (kind in ('pull_request', 'repository', 'checks'));
