-- Words of passages, how often each is said, and the way in for programs. docs/search.md tells the story.

-- Made by app/search/words.ts, so null where this code has not looked at a passage yet: a task fills those
-- in. A later change of what a word is sets them to null again.
alter table passage
  add column words tsvector,
  -- How many words, those that say nothing by themselves left out.
  add column length integer;
-- Words are looked at again and again in one query: neither compressed nor, but for the largest, put aside.
alter table passage alter column words set storage external;
alter table passage set (toast_tuple_target = 8160);
create index passage_words on passage using gin (words);
-- Of a word that is everywhere, those that are about it are found first.
create index passage_description_words on passage using gin (words) where kind = 'description';
create index passage_unread on passage (id) where words is null;
create index passage_repository on passage (repository_id, id);
-- How much is said in a whole pull request is read from the index alone.
drop index passage_pull_request;
create index passage_pull_request on passage (pull_request_id) include (length);

-- How many passages were written or deleted, one row per batch: added and never changed, so that batches do
-- not wait for each other. The counting of words removes what it has seen.
create table passage_change (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repository (id) on delete cascade,
  passages integer not null,
  changed_at timestamptz not null default clock_timestamp()
);
create index passage_change_repository on passage_change (repository_id);

-- What one counting of a repository found; `repository_words` names the one that holds.
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

-- How well words and vectors find what is known to be there, and so how they are weighed:
-- app/search/calibrate.ts. Null where that was not measured.
alter table embedding_space add column fusion jsonb;
create index embedding_repository on embedding (space_id, repository_id);

-- Tokens of programs: only the hash is kept.
create table api_token (
  id bigint generated always as identity primary key,
  name text not null,
  -- sha256 of the token.
  hash bytea not null unique,
  -- Its first signs, to tell one from another.
  prefix text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
-- A name is what people revoke one by.
create unique index api_token_name on api_token (name) where revoked_at is null;

-- Which pull request a commit of a branch came with.
create index pull_request_merge_commit on pull_request (merge_commit) where merge_commit is not null;
