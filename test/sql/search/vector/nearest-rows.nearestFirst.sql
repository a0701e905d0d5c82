-- each row
with near as materialized (
         select e.passage_id, e.repository_id, e.content_hash, e.vector <=> $1::halfvec as distance
         from embedding e where e.space_id = $2 and e.repository_id = any($3::bigint[])
         order by e.vector <=> $4::halfvec limit $5)
       select near.passage_id, p.pull_request_id, near.repository_id, 1 - distance as similarity,
         (p.content_hash is distinct from near.content_hash
           or not (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($6::bigint[]))))) as is_stale
       from near left join passage p on p.id = near.passage_id
       order by distance, near.passage_id;

-- by the index
with near as materialized (
         select e.passage_id, e.repository_id, e.content_hash, e.vector <=> $1::halfvec as distance
         from embedding e where e.space_id = $2 and e.repository_id = any($3::bigint[])
         order by e.vector::halfvec(3) <=> $4::halfvec(3) limit $5)
       select near.passage_id, p.pull_request_id, near.repository_id, 1 - distance as similarity,
         (p.content_hash is distinct from near.content_hash
           or not (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($6::bigint[]))))) as is_stale
       from near left join passage p on p.id = near.passage_id
       order by distance, near.passage_id;
