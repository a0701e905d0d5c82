insert into review_thread (node_id, repository_id, pull_request_id, path, line, diff_side, is_resolved, resolved_by_id, is_outdated, read_at)
select n.node_id, n.repository_id, n.pull_request_id, n.path, n.line, n.diff_side, n.is_resolved, n.resolved_by_id, n.is_outdated, n.read_at
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::int[], $6::text[], $7::boolean[], $8::text[], $9::boolean[], $10::timestamptz[]) as n (node_id, repository_id, pull_request_id, path, line, diff_side, is_resolved, resolved_by_id, is_outdated, read_at)
order by n.node_id
on conflict (node_id) do update set repository_id = excluded.repository_id, pull_request_id = excluded.pull_request_id, path = excluded.path, line = excluded.line, diff_side = excluded.diff_side, is_resolved = excluded.is_resolved, resolved_by_id = excluded.resolved_by_id, is_outdated = excluded.is_outdated, read_at = excluded.read_at
where review_thread.read_at <= excluded.read_at