with known as materialized (select * from github_user where node_id = any($1::text[]))
insert into github_user (node_id, login, kind, read_at)
select n.node_id, n.login, n.kind, n.read_at
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) as n (node_id, login, kind, read_at)
where not exists (select from known u
  where u.node_id = n.node_id and u.login = n.login and u.kind = n.kind)
order by n.node_id
on conflict (node_id) do update set login = excluded.login, kind = excluded.kind, read_at = excluded.read_at
where github_user.read_at <= excluded.read_at