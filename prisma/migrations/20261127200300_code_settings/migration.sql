-- Settings of code: docs/code.md explains them.

-- How often a work item of the job is tried again before it fails.
alter table ingest add column max_retries integer not null default 5;

-- When and in which order a dataset is indexed again.
alter table dataset
  -- Among the other work of its installation.
  add column priority text not null default 'between' check (priority in ('first', 'between', 'last')),
  -- A schedule rule; null if it has none.
  add column rule jsonb,
  add column next_at timestamptz,
  -- After a push to one of its repositories that an installation copies.
  add column on_push boolean not null default false,
  -- When its branches were last looked up, and what came of it, in words.
  add column looked_at timestamptz,
  add column outcome text;
create index dataset_due on dataset (next_at) where next_at is not null;

-- True for a branch that the setting `code` of an installation names: it goes when its branch does.
alter table code_ref add column is_followed boolean not null default false;
update code_ref set is_followed = true where pushed_at is not null;
alter table code_ref drop column pushed_at;

-- Which branches of a repository were looked for, and when. One row for each repository of an installation that
-- ingests code by itself.
create table code_watch (
  repository_id bigint primary key references repository (id) on delete cascade,
  -- The default branch, the setting and the branches that are indexed again after a push, as they were.
  wanted jsonb not null,
  -- When the repository had been pushed to, by GitHub's clock.
  pushed_at timestamptz,
  next_at timestamptz not null,
  -- Branches beside the default one that match the setting; past a limit, some are left out.
  matching integer not null default 0,
  -- Why they could not be looked up.
  problem text
);
