-- The readers of the web process work as the role `whence_reader` (app/database/reader-role.server.ts), which owns
-- nothing, and name in `app.scope` the repositories, and in `app.installations` the tenants, that they may read.
-- The owner of the tables is not restricted. Each list is put into a hash table once for a statement: a
-- function would be called, and `= any` compare with one id after the other, for each row.

do $$
declare
  in_scope constant text :=
    'repository_id in (select unnest(nullif(current_setting(''app.scope'', true), '''')::bigint[]))';
  of_code constant text := 'ref_id in (select id from code_ref)';
  one text;
begin
  foreach one in array array['pull_request', 'commit', 'review', 'review_thread', 'review_comment', 'comment',
    'check_list', 'pull_request_file', 'passage', 'embedding', 'lexeme_stats', 'repository_words', 'gap',
    'code_watch', 'raw_record', 'tombstone', 'passage_change', 'branch_history', 'pull_request_ref',
    'pull_request_patch'] loop
    execute format('create policy in_scope on %I for select using (%s)', one, in_scope);
  end loop;
  foreach one in array array['code_file', 'code_chunk', 'code_embedding', 'code_lexeme'] loop
    execute format('create policy in_scope on %I for select using (%s)', one, of_code);
  end loop;
end $$;

create policy in_scope on repository for select
  using (id in (select unnest(nullif(current_setting('app.scope', true), '')::bigint[])));

create policy in_scope on pull_request_commit for select
  using (exists (select from pull_request p where p.id = pull_request_id));

create policy in_scope on branch_commit for select
  using (history_id in (select id from branch_history));

create policy in_scope on code_ref for select
  using (case when repository_id is null
    then installation_id in (select unnest(nullif(current_setting('app.installations', true), '')::bigint[]))
    else repository_id in (select unnest(nullif(current_setting('app.scope', true), '')::bigint[])) end);

-- Not `passage`, `code_chunk` and `pull_request_file`, whose indexes cannot be used under a policy unless the
-- functions of their operators are leakproof: see reader-role.server.ts.
do $$
declare
  one text;
begin
  for one in select tablename from pg_policies where schemaname = 'public' and policyname = 'in_scope'
    and tablename not in ('passage', 'code_chunk', 'pull_request_file') loop
    execute format('alter table %I enable row level security', one);
  end loop;
end $$;

-- A view reads as its owner otherwise.
alter view job_history set (security_invoker = true);

-- The policy asks for the repository of each passage whose length is summed: from the index alone.
create index passage_of_pull_request on passage (pull_request_id) include (length, repository_id);
drop index passage_pull_request;
alter index passage_of_pull_request rename to passage_pull_request;
