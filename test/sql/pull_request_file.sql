insert into pull_request_file (repository_id, pull_request_id, place, path, previous_path, change_type, additions, deletions, read_at)
select n.repository_id, n.pull_request_id, n.place, n.path, n.previous_path, n.change_type, n.additions, n.deletions, n.read_at
from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::timestamptz[]) as n (repository_id, pull_request_id, place, path, previous_path, change_type, additions, deletions, read_at)
order by n.pull_request_id, n.place
on conflict (pull_request_id, place) do update set repository_id = excluded.repository_id, path = excluded.path, previous_path = excluded.previous_path, change_type = excluded.change_type, additions = excluded.additions, deletions = excluded.deletions, read_at = excluded.read_at
where pull_request_file.read_at <= excluded.read_at