-- Every table of Whence, by subject.

create extension if not exists vector;

-- Small tables, which people and pages read and write.

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

create table setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- Tokens of programs: only the hash is kept.
create table api_token (
  id bigint generated always as identity primary key,
  name text not null,
  -- sha256 of the token.
  hash bytea not null unique,
  -- Its first characters, to tell one from another.
  prefix text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
-- People revoke a token by its name.
create unique index api_token_name on api_token (name) where revoked_at is null;

-- The ledger: what is left to do, what is being done, what was done. app/ledger says how rows move.

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
-- At most one sync is active and one waits for its end, even when two are requested at the same moment.
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

-- No foreign key to run: its check would lock the run's row for every insert, and settling transactions
-- update that row; they deadlocked. Cleanup deletes items before runs.
create table work_item (
  id bigint generated always as identity primary key,
  run_id bigint not null,
  position smallint not null,
  key text not null,
  payload jsonb not null default '{}',
  weight integer not null default 1 check (weight > 0),
  -- 4 is the fetching of leftovers: it comes after everything else of its installation, and so finds the
  -- most to read.
  priority smallint not null check (priority between 0 and 4),
  state text not null default 'pending' check (state in
    ('pending', 'done', 'failed', 'gap', 'cancelled')),
  attempts smallint not null default 0,
  lost_leases smallint not null default 0,
  dirty boolean not null default false,
  reread boolean not null default false,
  not_before timestamptz not null default now(),
  reason text check (reason in ('rate_limit', 'provider', 'retrying')),
  message text,
  subject text,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  unique (run_id, position, key)
) with (fillfactor = 80); -- The update that settles an item stays on its page.
create index work_item_pending on work_item (run_id, position, priority, id)
  where state = 'pending';
create index work_item_waiting on work_item (run_id, position)
  where state = 'pending' and reason is not null;
create index work_item_unfinished on work_item (run_id, id) where state in ('failed', 'gap');

-- A batch names its items, and nothing else does: handing an item out, or taking it back, writes no row
-- of it.
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
  heartbeat_at timestamptz not null default now()
);

-- The governor (app/github/governor.ts): what each installation may still ask of GitHub, one row per
-- resource, so that one statement can check and take. Times are by the database's clock: GitHub's are
-- moved by the difference between the two.

create table github_budget (
  installation_id bigint not null references installation (id) on delete cascade,
  resource text not null check (resource in ('graphql', 'core')),
  -- Null where GitHub reports no limit.
  points integer,
  remaining integer,
  reset_at timestamptz,
  warned_for timestamptz,
  -- Calls since `minute`.
  minute timestamptz,
  calls integer not null default 0,
  -- Calls in flight, each with the end of its lease.
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

-- The copy. Keys are GitHub's node ids. `read_at` is the start of the snapshot that wrote a row; only a
-- later snapshot replaces it.

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
  -- Not granted, filtered out, or gone: nobody sees it.
  hidden_at timestamptz,
  hidden_reason text,
  -- The last run whose list had it.
  listed_in bigint,
  -- How many times in a row GitHub said that this id does not exist; the second time is believed.
  not_found smallint not null default 0,
  -- Pull requests, as GitHub counts them.
  pull_requests integer not null default 0,
  -- Every pull request updated between the two is in the tables; the epoch stands for everything.
  synced_from timestamptz,
  synced_until timestamptz,
  -- Where the repository sync that reached synced_from stopped: a wider one goes on below it.
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
  -- Per list {total, stored, state, reason}, at the time of checked_at.
  completeness jsonb not null default '{}',
  is_complete boolean not null default false,
  checked_at timestamptz
);
create index pull_request_repository on pull_request (repository_id, number);
create index pull_request_updated on pull_request (repository_id, updated_at);
-- Finds the pull request that brought a commit into its branch.
create index pull_request_merge_commit on pull_request (merge_commit) where merge_commit is not null;

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
  -- Hidden by a maintainer of the repository, and GitHub's reason. Null for a record that did not tell.
  is_minimized boolean,
  minimized_reason text,
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
  is_minimized boolean,
  minimized_reason text,
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
  is_minimized boolean,
  minimized_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  read_at timestamptz not null
);
create index comment_pull_request on comment (pull_request_id);

-- What was deleted on GitHub and here: that it was, and nothing of its text.
create table tombstone (
  kind text not null,
  node_id text not null,
  repository_id bigint not null,
  created_at timestamptz,
  deleted_at timestamptz not null default clock_timestamp(),
  primary key (kind, node_id)
);

-- The sync. A `repository_sync` is that of one repository in one run, a `snapshot` one reading of one pull request
-- with its lists. `open_parts` counts what is still to be fetched or transformed; at 0 it is complete.
-- docs/sync.md explains them.

create table repository_sync (
  id bigint generated always as identity primary key,
  run_id bigint not null references run (id) on delete cascade,
  repository_id bigint not null references repository (id) on delete cascade,
  -- By GitHub's clock.
  started_at timestamptz not null,
  -- How far back it reads.
  since timestamptz not null,
  -- Pull requests that it will read, as far as is known; exact when its pages have ended.
  expected integer not null default 0,
  open_parts integer not null check (open_parts >= 0),
  -- The value of synced_from when all parts are closed.
  reached timestamptz not null,
  oldest_cursor text,
  closed_at timestamptz,
  unique (run_id, repository_id)
);

create table snapshot (
  id bigint generated always as identity primary key,
  -- No foreign key: what a snapshot brought outlives its run.
  run_id bigint not null,
  repository_sync_id bigint references repository_sync (id) on delete set null,
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
create index snapshot_repository_sync on snapshot (repository_sync_id);

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
create table fetch_queue (
  run_id bigint not null references run (id) on delete cascade,
  kind text not null check (kind in ('repository', 'tail', 'pull_request', 'thread')),
  node_id text not null,
  -- What the fetch needs to know: app/sync/window/fetch-queue.ts.
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

-- Passages, their words, and how often each word occurs. docs/search.md explains them.

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
  read_at timestamptz not null,
  -- Made by app/search/text/words.ts, and null until this code has looked at the passage: a task fills it
  -- in. A later change of what counts as a word sets it to null again.
  words tsvector,
  -- How many words, without stop words.
  length integer
)
-- One query reads words over and over: they are not compressed, and only the largest leave their row.
with (toast_tuple_target = 8160);
alter table passage alter column words set storage external;
create unique index passage_source on passage (repository_id, coalesce(pull_request_id, 0), kind, source_id, part);
create index passage_words on passage using gin (words);
-- Of a word that occurs everywhere, the pull requests that are about it are found first.
create index passage_description_words on passage using gin (words) where kind = 'description';
create index passage_without_words on passage (id) where words is null;
create index passage_repository on passage (repository_id, id);
-- The length of a whole pull request is read from the index alone.
create index passage_pull_request on passage (pull_request_id) include (length);

-- How many passages were written or deleted, one row per batch. Rows are only added, so that batches do not
-- wait for one another; counting the words removes those that it has seen.
create table passage_change (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  passages integer not null,
  changed_at timestamptz not null default clock_timestamp()
);
create index passage_change_repository on passage_change (repository_id);

-- The result of one count of a repository; `repository_words` names the count that holds.
create table lexeme_stats (
  lexeme text not null,
  repository_id bigint not null references repository (id) on delete cascade,
  generation bigint not null,
  passages integer not null,
  primary key (lexeme, repository_id, generation)
);
create index lexeme_stats_repository on lexeme_stats (repository_id, generation);

create table repository_words (
  repository_id bigint primary key references repository (id) on delete cascade,
  generation bigint not null,
  passages integer not null,
  -- Words of all its passages, and of the titles among them.
  length bigint not null,
  title_length bigint not null,
  pull_requests integer not null,
  counted_at timestamptz not null default clock_timestamp()
);

-- Vectors. Those of two spaces are never compared.

create table embedding_space (
  id bigint generated always as identity primary key,
  provider text not null,
  model text not null,
  dimensions integer not null,
  created_at timestamptz not null default now(),
  filled_at timestamptz,
  -- How well words and vectors find known items, and so their weights: app/search/fusion/calibrate.ts.
  -- Null where that was not measured.
  fusion jsonb,
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
create index embedding_repository on embedding (space_id, repository_id);
