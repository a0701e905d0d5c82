-- The files that pull requests change. `path:` compares them by their groups of three letters.

create extension if not exists pg_trgm;

alter table raw_record drop constraint raw_record_nested_type_check,
  add constraint raw_record_nested_type_check check (
    nested_type in ('commits', 'reviews', 'comments', 'review_threads', 'review_comments', 'files'));

create table pull_request_file (
  repository_id bigint not null references repository (id) on delete cascade,
  pull_request_id bigint not null references pull_request (id) on delete cascade,
  place integer not null,
  path text not null,
  previous_path text,
  change_type text not null,
  additions integer not null,
  deletions integer not null,
  read_at timestamptz not null,
  primary key (pull_request_id, place)
);
create index pull_request_file_repository on pull_request_file (repository_id);
create index pull_request_file_path on pull_request_file using gin (path gin_trgm_ops, previous_path gin_trgm_ops);
