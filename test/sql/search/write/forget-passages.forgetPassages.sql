-- what is outdated
delete from passage x using unnest($1::bigint[], $2::timestamptz[]) w (id, stamp)
  where x.pull_request_id = w.id and x.read_at < w.stamp and not exists (select from pull_request_commit s where x.kind = 'commit'
    and s.pull_request_id = w.id and s.oid = x.source_id and s.read_at < w.stamp) and not exists (select from review s where x.kind = 'review'
    and s.pull_request_id = w.id and s.node_id = x.source_id and s.read_at < w.stamp) and not exists (select from review_comment s where x.kind = 'review_comment'
    and s.pull_request_id = w.id and s.node_id = x.source_id and s.read_at < w.stamp) and not exists (select from comment s where x.kind = 'comment'
    and s.pull_request_id = w.id and s.node_id = x.source_id and s.read_at < w.stamp)
     returning x.pull_request_id, x.repository_id, x.source_id;

-- by authors
delete from passage x where x.id in (
       select id from passage where author_id = any($1::text[]) order by id limit $2)
     returning x.pull_request_id, x.repository_id, x.source_id;

-- outdated texts of repositories
delete from passage x using unnest($1::bigint[], $2::timestamptz[]) w (id, stamp)
     where x.repository_id = w.id and x.pull_request_id is null and x.read_at < w.stamp
     returning x.pull_request_id, x.repository_id, x.source_id;
