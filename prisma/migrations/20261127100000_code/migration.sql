-- Code: docs/code.md explains it.

-- A tenant of kind `local` stands for a person or program that ingested code of repositories outside every
-- installation. It is never synced.
alter table installation drop constraint installation_kind_check,
  add constraint installation_kind_check check (kind in ('app', 'token', 'local'));

alter table run drop constraint run_mode_check,
  add constraint run_mode_check check (mode in ('full', 'incremental', 'targeted', 'code'));
drop index run_sync_active, run_sync_queued;
create unique index run_sync_active on run (installation_id)
  where mode in ('full', 'incremental') and state in ('running', 'paused');
create unique index run_sync_queued on run (installation_id)
  where mode in ('full', 'incremental') and state = 'queued';

drop index run_sync, run_complete;
create index run_sync on run (installation_id, (-id)) where mode in ('full', 'incremental');
create index run_complete on run (installation_id, (finished_at - timestamptz 'epoch'))
  where mode in ('full', 'incremental') and state in ('finished', 'finished_with_gaps');

create table project (
  id bigint generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z0-9._-]{1,64}$' and name <> 'all'),
  -- An installation, or the tenant of its maker.
  installation_id bigint not null references installation (id) on delete cascade,
  created_at timestamptz not null default now()
);

create table dataset (
  id bigint generated always as identity primary key,
  project_id bigint not null references project (id) on delete cascade,
  name text not null check (name ~ '^[a-z0-9._-]{1,64}$' and name <> 'all'),
  -- `project`: searched by the queries of its project; `shared`: by those of every project.
  scope text not null default 'project' check (scope in ('project', 'shared')),
  created_at timestamptz not null default now(),
  unique (project_id, name)
);

-- One branch of one repository in a dataset. Its files are those of `generation`, whose commit is `oid`; 0 and
-- null before the first. The next generation is written beside it and holds when this number is raised.
create table code_ref (
  id bigint generated always as identity primary key,
  -- Null once it is being erased.
  dataset_id bigint references dataset (id) on delete cascade,
  -- The tenant whose credentials read it: nothing is shared beyond it.
  installation_id bigint not null references installation (id) on delete cascade,
  -- Null outside every installation.
  repository_id bigint references repository (id) on delete cascade,
  full_name text not null,
  branch text not null,
  generation integer not null default 0,
  oid text,
  -- The embedding space in which all of it has vectors, as far as is known.
  space_id bigint,
  -- When the repository had been pushed to, by GitHub's clock, as the setting `code` last asked for it.
  pushed_at timestamptz,
  indexed_at timestamptz,
  -- How much the generation has, and the count of words that holds (`code_lexeme`).
  files integer not null default 0,
  chunks integer not null default 0,
  length bigint not null default 0,
  counted integer not null default 0,
  -- Being erased: nobody sees it.
  hidden_at timestamptz
);
create unique index code_ref_branch on code_ref (dataset_id, lower(full_name), branch);
create index code_ref_installation on code_ref (installation_id);
create index code_ref_repository on code_ref (repository_id);
create index code_ref_hidden on code_ref (id) where hidden_at is not null;

-- What a run of mode `code` ingests. It outlives its ref, whose names it keeps.
create table ingest (
  run_id bigint primary key references run (id) on delete cascade,
  ref_id bigint references code_ref (id) on delete set null,
  project text not null,
  dataset text not null,
  full_name text not null,
  branch text not null,
  scope text not null check (scope in ('project', 'shared')),
  -- The commit asked for; null for the branch's newest.
  wanted_oid text,
  -- The commit found, and the generation that is built of it.
  oid text,
  generation integer,
  -- From 0 to 1.
  cloned real not null default 0,
  -- Files, chunks, skipped files by reason, tokens, seconds of each phase.
  statistics jsonb not null default '{}'
);
create index ingest_ref on ingest (ref_id, run_id);

-- A file from the generation `since` up to the one before `until`. A file that changed is another row, so a
-- generation costs what changed.
create table code_file (
  id bigint generated always as identity primary key,
  ref_id bigint not null references code_ref (id) on delete cascade,
  -- As git writes it: quoted if it is not UTF-8.
  path text collate "C" not null,
  blob_oid text not null,
  size integer not null,
  -- What its chunks depend on beside its text: the version of the code that divides, and git attributes.
  recipe text not null,
  language text,
  -- How it was divided; null until that was done.
  grammar text,
  -- Why it has no chunks.
  skipped text,
  since integer not null,
  until integer
);
create index code_file_path on code_file (ref_id, path);
create index code_file_blob on code_file (blob_oid);
create index code_file_since on code_file (ref_id, since);
create index code_file_until on code_file (ref_id, until) where until is not null;

create table code_chunk (
  id bigint generated always as identity primary key,
  ref_id bigint not null,
  file_id bigint not null references code_file (id) on delete cascade,
  part integer not null,
  start_line integer not null,
  end_line integer not null,
  symbol text,
  signature text,
  text text not null,
  tokens integer not null,
  -- Of the text that is embedded, which has path, symbol and signature in front.
  content_hash bytea not null,
  words tsvector not null,
  -- How many words.
  length integer not null
)
with (toast_tuple_target = 8160);
alter table code_chunk alter column words set storage external;
create unique index code_chunk_file on code_chunk (file_id, part);
create index code_chunk_ref on code_chunk (ref_id, id);
create index code_chunk_words on code_chunk using gin (words);

create table code_embedding (
  space_id bigint not null references embedding_space (id) on delete cascade,
  chunk_id bigint not null references code_chunk (id) on delete cascade,
  ref_id bigint not null,
  content_hash bytea not null,
  vector halfvec not null,
  primary key (space_id, chunk_id)
);
create index code_embedding_content on code_embedding (space_id, content_hash);
create index code_embedding_chunk on code_embedding (chunk_id);
create index code_embedding_ref on code_embedding (space_id, ref_id);

-- How many chunks of a ref have a word; `code_ref.counted` is the generation that was counted last.
create table code_lexeme (
  lexeme text not null,
  ref_id bigint not null references code_ref (id) on delete cascade,
  generation integer not null,
  chunks integer not null,
  primary key (lexeme, ref_id, generation)
);
create index code_lexeme_ref on code_lexeme (ref_id, generation);

-- Every job, whatever it copies.
create view job_history as
select r.id, r.installation_id, case when r.mode = 'code' then 'github' else 'conversation' end as source,
  i.project, i.dataset, i.scope, r.state,
  case when r.state in ('finished', 'finished_with_gaps') then 100 else r.progress end as progress,
  r.started_at, r.finished_at,
  extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at)::float8 as duration_seconds,
  case when r.mode = 'code' then i.full_name || ' (' || i.branch || ')' else n.account end as summary,
  (select w.message from work_item w where w.run_id = r.id and w.state = 'failed' order by w.id limit 1)
    as error
from run r join installation n on n.id = r.installation_id left join ingest i on i.run_id = r.id
where r.mode <> 'targeted';
