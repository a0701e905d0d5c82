insert into pull_request_commit (pull_request_id, oid, position, read_at)
select n.pull_request_id, n.oid, n.position, n.read_at
from unnest($1::bigint[], $2::text[], $3::int[], $4::timestamptz[]) as n (pull_request_id, oid, position, read_at)
order by n.pull_request_id, n.oid
on conflict (pull_request_id, oid) do update set position = excluded.position, read_at = excluded.read_at
where pull_request_commit.read_at <= excluded.read_at