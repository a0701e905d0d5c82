-- What Whence copies from GitHub, what it answered, and how far the copy goes. docs/sync.md tells the story.

create extension if not exists vector;

-- A reading of leftovers goes after everything else of its installation: so it finds the most to read.
alter table work_item drop constraint work_item_priority_check;
alter table work_item add constraint work_item_priority_check check (priority between 0 and 4);

-- The governor (app/github/governor.ts): what each installation may still ask of GitHub, in one row per
-- resource, so that one statement can look and take. Times are the database's clock: GitHub's are moved
-- by the difference of the two.

create table github_budget (
  installation_id bigint not null references installation (id) on delete cascade,
  resource text not null check (resource in ('graphql', 'core')),
  -- Null where GitHub told no limit.
  points integer,
  remaining integer,
  reset_at timestamptz,
  warned_for timestamptz,
  -- Calls since `minute`.
  minute timestamptz,
  calls integer not null default 0,
  -- Calls under way, each with the end of its lease.
  slots jsonb not null default '{}',
  paused_until timestamptz,
  pause_reason text,
  -- Secondary limits in a row.
  strikes smallint not null default 0,
  primary key (installation_id, resource)
);

-- An ETag belongs to one token; the installation stands for its tokens.
create table github_etag (
  installation_id bigint not null references installation (id) on delete cascade,
  path text not null,
  etag text not null,
  body json not null,
  link text,
  stored_at timestamptz not null default now(),
  primary key (installation_id, path)
);

-- GitHub's things. Keys are node ids. `read_at` is the start of the snapshot that wrote a row: a row
-- gives way only to a later one.

create table repository (
  id bigint generated always as identity primary key,
  installation_id bigint not null references installation (id) on delete cascade,
  node_id text not null unique,
  database_id bigint not null,
  name text not null,
  full_name text not null,
  description text,
  url text not null,
  visibility text not null check (visibility in ('PUBLIC', 'PRIVATE', 'INTERNAL')),
  is_archived boolean not null,
  is_fork boolean not null,
  default_branch text,
  language text,
  topics text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  pushed_at timestamptz,
  read_at timestamptz not null,
  -- Not granted, filtered out, or gone: shown to nobody.
  hidden_at timestamptz,
  hidden_reason text,
  -- The last run whose list had it.
  listed_in bigint,
  -- How often in a row GitHub said that this id does not exist; the second time is believed.
  not_found smallint not null default 0,
  -- Pull requests that GitHub says there are.
  pull_requests integer not null default 0,
  -- Every pull request updated between these is in the tables; epoch stands for everything.
  synced_from timestamptz,
  synced_until timestamptz,
  -- Where the reading that reached synced_from stopped, for one that goes on below it.
  oldest_cursor text,
  last_synced_at timestamptz,
  -- The widest page that passed since RESOURCE_LIMITS_EXCEEDED was met.
  width_ceiling smallint
);
create index repository_installation on repository (installation_id, id);
create index repository_full_name on repository (lower(full_name));

create table github_user (
  node_id text primary key,
  login text not null,
  kind text not null,
  read_at timestamptz not null
);
create index github_user_login on github_user (lower(login));

create table pull_request (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  node_id text not null unique,
  number integer not null,
  title text not null,
  body text not null,
  url text not null,
  state text not null check (state in ('OPEN', 'CLOSED', 'MERGED')),
  is_draft boolean not null,
  author_id text,
  author_association text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  merged_at timestamptz,
  merged_by_id text,
  merge_commit text,
  base_ref_name text not null,
  base_ref_oid text not null,
  head_ref_name text not null,
  head_ref_oid text not null,
  head_repository text,
  additions integer not null,
  deletions integer not null,
  changed_files integer not null,
  labels text[] not null default '{}',
  assignee_ids text[] not null default '{}',
  milestone text,
  closing_issues jsonb not null default '[]',
  review_decision text,
  rollup_state text,
  read_at timestamptz not null,
  deleted_at timestamptz,
  -- Per list {total, stored, state, reason}; as of checked_at.
  completeness jsonb not null default '{}',
  is_complete boolean not null default false,
  checked_at timestamptz
);
create index pull_request_repository on pull_request (repository_id, number);
create index pull_request_updated on pull_request (repository_id, updated_at);

create table commit (
  repository_id bigint not null references repository (id) on delete cascade,
  oid text not null,
  message text not null,
  url text not null,
  author_name text,
  author_email_hash text,
  author_id text,
  authored_at timestamptz not null,
  committer_name text,
  committer_email_hash text,
  committer_id text,
  committed_at timestamptz not null,
  additions integer not null,
  deletions integer not null,
  changed_files integer,
  read_at timestamptz not null,
  primary key (repository_id, oid)
);

create table pull_request_commit (
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  oid text not null,
  position integer not null,
  read_at timestamptz not null,
  primary key (pull_request_id, oid)
);
create index pull_request_commit_oid on pull_request_commit (oid);

create table review (
  node_id text primary key,
  repository_id bigint not null,
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  author_id text,
  author_association text not null,
  state text not null,
  body text not null,
  url text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  submitted_at timestamptz,
  commit_oid text,
  read_at timestamptz not null
);
create index review_pull_request on review (pull_request_id);

create table review_thread (
  node_id text primary key,
  repository_id bigint not null,
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  path text not null,
  line integer,
  diff_side text not null,
  is_resolved boolean not null,
  resolved_by_id text,
  is_outdated boolean not null,
  read_at timestamptz not null
);
create index review_thread_pull_request on review_thread (pull_request_id);

create table review_comment (
  node_id text primary key,
  repository_id bigint not null,
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  thread_id text not null,
  review_id text,
  reply_to_id text,
  author_id text,
  author_association text not null,
  body text not null,
  diff_hunk text not null,
  path text not null,
  url text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  read_at timestamptz not null
);
create index review_comment_pull_request on review_comment (pull_request_id);
create index review_comment_thread on review_comment (thread_id);

create table comment (
  node_id text primary key,
  repository_id bigint not null,
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  author_id text,
  author_association text not null,
  body text not null,
  url text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  read_at timestamptz not null
);
create index comment_pull_request on comment (pull_request_id);

-- What was deleted on GitHub and here: that it was, and nothing of what it said.
create table tombstone (
  kind text not null,
  node_id text not null,
  repository_id bigint not null,
  created_at timestamptz,
  deleted_at timestamptz not null default clock_timestamp(),
  primary key (kind, node_id)
);

-- Readings. `reading`: of one repository in one run. `snapshot`: of one pull request with its lists.
-- `open_parts` counts what has still to be fetched or transformed; at 0 it is complete.

create table reading (
  id bigint generated always as identity primary key,
  run_id bigint not null references run (id) on delete cascade,
  repository_id bigint not null references repository (id) on delete cascade,
  -- By GitHub's clock.
  started_at timestamptz not null,
  -- How far down it reads.
  since timestamptz not null,
  -- Pull requests that it will read, as far as is known; exact when its pages have ended.
  expected integer not null default 0,
  open_parts integer not null check (open_parts >= 0),
  -- What synced_from becomes when all parts are closed.
  reached timestamptz not null,
  oldest_cursor text,
  closed_at timestamptz,
  unique (run_id, repository_id)
);

create table snapshot (
  id bigint generated always as identity primary key,
  -- No foreign key: what a snapshot brought outlives its run.
  run_id bigint not null,
  reading_id bigint references reading (id) on delete set null,
  repository_id bigint not null references repository (id) on delete cascade,
  -- The pull request's node id.
  node_id text not null,
  started_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'complete', 'superseded', 'failed')),
  open_parts integer not null check (open_parts >= 0),
  -- GitHub's totalCount per list.
  totals jsonb not null default '{}',
  passages_changed boolean not null default false,
  ended_at timestamptz
);
create index snapshot_node on snapshot (node_id, started_at);
create index snapshot_run on snapshot (run_id, state);
create index snapshot_reading on snapshot (reading_id);

create table raw_record (
  id bigint generated always as identity primary key,
  repository_id bigint references repository (id) on delete cascade,
  snapshot_id bigint references snapshot (id) on delete cascade,
  kind text not null check (kind in ('repository', 'pull_request', 'nested')),
  nested_type text check (nested_type in
    ('commits', 'reviews', 'comments', 'review_threads', 'review_comments')),
  shape smallint not null,
  body json not null,
  read_at timestamptz not null
);
create index raw_record_snapshot on raw_record (snapshot_id);
create index raw_record_repository on raw_record (repository_id) where snapshot_id is null;

-- Things known by node id and not yet read; one call reads many of them, of any repository.
create table unread (
  run_id bigint not null references run (id) on delete cascade,
  kind text not null check (kind in ('repository', 'tail', 'pull_request', 'thread')),
  node_id text not null,
  -- What the reading of it needs to know: app/sync/unread.ts.
  details jsonb not null default '{}',
  primary key (run_id, kind, node_id)
);

-- What GitHub would not give after every retry.
create table gap (
  repository_id bigint not null references repository (id) on delete cascade,
  kind text not null check (kind in ('pull_request', 'repository')),
  node_id text not null,
  name text not null,
  reason text not null,
  run_id bigint,
  attempts integer not null default 1,
  first_seen_at timestamptz not null default clock_timestamp(),
  next_try_at timestamptz not null,
  primary key (kind, node_id)
);
create index gap_repository on gap (repository_id);

-- Passages and their vectors.

create table passage (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  pull_request_id bigint references pull_request (id) on delete cascade,
  kind text not null check (kind in
    ('repository', 'description', 'comment', 'review', 'review_comment', 'commit')),
  -- The thing's node id; of a commit its oid.
  source_id text not null,
  -- A long text is several passages.
  part smallint not null,
  text text not null,
  tokens integer not null,
  author_id text,
  path text,
  line integer,
  url text not null,
  created_at timestamptz not null,
  content_hash bytea not null,
  read_at timestamptz not null
);
create unique index passage_source on passage (repository_id, coalesce(pull_request_id, 0), kind, source_id, part);
create index passage_pull_request on passage (pull_request_id);

create table embedding_space (
  id bigint generated always as identity primary key,
  provider text not null,
  model text not null,
  dimensions integer not null,
  created_at timestamptz not null default now(),
  filled_at timestamptz,
  unique (provider, model, dimensions)
);

create table embedding (
  space_id bigint not null references embedding_space (id) on delete cascade,
  passage_id bigint not null references passage (id) on delete cascade,
  repository_id bigint not null,
  content_hash bytea not null,
  vector halfvec not null,
  primary key (space_id, passage_id)
);
create index embedding_content on embedding (space_id, content_hash);
create index embedding_passage on embedding (passage_id);

-- When an installation syncs by itself.
create table schedule (
  installation_id bigint not null references installation (id) on delete cascade,
  mode text not null check (mode in ('incremental', 'full')),
  -- {"every": seconds} or {"cron": expression, "timeZone": name} or {"off": true}
  rule jsonb not null,
  next_at timestamptz,
  last_at timestamptz,
  primary key (installation_id, mode)
);
