-- From commits to pull requests: docs/why.md explains it. All this is read from the clone; the copy of the pull
-- requests is joined when somebody asks.

-- The default branch of a repository, along first parents. What has a position up to `length` is published;
-- `noted_length` is how far a reading in progress has come. After a force-push a new one is written beside the
-- old one, which holds until then.
create table branch_history (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  is_current boolean not null default false,
  -- The last commit that is published, and noted; null before the first.
  oid text,
  length integer not null default 0,
  noted_oid text,
  noted_length integer not null default 0,
  published_at timestamptz
);
create unique index branch_history_current on branch_history (repository_id) where is_current;
create unique index branch_history_next on branch_history (repository_id) where not is_current;

create table branch_commit (
  history_id bigint not null references branch_history (id) on delete cascade,
  oid text collate "C" not null,
  -- The commit on the chain of first parents that brought it in: a merge, or itself; and its place from 1.
  merge_oid text collate "C" not null,
  position integer not null,
  committed_at timestamptz not null,
  -- Only of commits on the chain: numbers in the message, and git's patch id if it is no merge.
  numbers integer[] not null default '{}',
  patch_id bytea,
  primary key (history_id, oid)
);
create index branch_commit_merge on branch_commit (history_id, merge_oid);

-- The heads of pull requests, as GitHub keeps them under `refs/pull`.
create table pull_request_ref (
  repository_id bigint not null references repository (id) on delete cascade,
  number integer not null,
  oid text collate "C" not null,
  primary key (repository_id, number)
);
create index pull_request_ref_oid on pull_request_ref (repository_id, oid);

-- What a pull request changes that no merge brought in: by each of its commits and, where they are several, as a
-- whole, from the merge base to its head.
create table pull_request_patch (
  repository_id bigint not null references repository (id) on delete cascade,
  number integer not null,
  oid text collate "C" not null,
  is_whole boolean not null,
  patch_id bytea not null,
  primary key (repository_id, number, oid, is_whole)
);
create index pull_request_patch_id on pull_request_patch (repository_id, patch_id);

