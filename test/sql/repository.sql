insert into repository (installation_id, node_id, database_id, name, full_name, description, url, visibility, is_archived, is_fork, default_branch, language, topics, created_at, updated_at, pushed_at, pull_requests, read_at)
select n.installation_id, n.node_id, coalesce(n.database_id,
  (select r.database_id from repository r where r.node_id = n.node_id)), n.name, n.full_name, n.description, n.url, n.visibility, n.is_archived, n.is_fork, n.default_branch, n.language, array(select jsonb_array_elements_text(n.topics)), n.created_at, n.updated_at, n.pushed_at, coalesce(n.pull_requests,
  (select r.pull_requests from repository r where r.node_id = n.node_id), 0), n.read_at
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[], $10::boolean[], $11::text[], $12::text[], $13::jsonb[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::int[], $18::timestamptz[]) as n (installation_id, node_id, database_id, name, full_name, description, url, visibility, is_archived, is_fork, default_branch, language, topics, created_at, updated_at, pushed_at, pull_requests, read_at)
order by n.node_id
on conflict (node_id) do update set installation_id = excluded.installation_id, database_id = excluded.database_id, name = excluded.name, full_name = excluded.full_name, description = excluded.description, url = excluded.url, visibility = excluded.visibility, is_archived = excluded.is_archived, is_fork = excluded.is_fork, default_branch = excluded.default_branch, language = excluded.language, topics = excluded.topics, created_at = excluded.created_at, updated_at = excluded.updated_at, pushed_at = excluded.pushed_at, pull_requests = excluded.pull_requests, read_at = excluded.read_at
where repository.read_at <= excluded.read_at and (repository.installation_id = excluded.installation_id
  or not repository.hidden_at is null or exists (
    select from installation mine, installation other
    where mine.id = excluded.installation_id and other.id = repository.installation_id
      and (not other.active or (mine.kind = 'app' and other.kind = 'token'))))