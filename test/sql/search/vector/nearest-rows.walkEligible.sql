-- by the index, label:bug
with near as materialized (
       select e.passage_id, p.pull_request_id, e.repository_id, e.vector <=> $1::halfvec as distance
       from embedding e join passage p on p.id = e.passage_id and case when e.content_hash = p.content_hash then true else false end join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id
       where e.space_id = $2 and e.repository_id = any($3::bigint[]) and true and (exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($4::text[]) one))))
       order by e.vector::halfvec(3) <=> $5::halfvec(3) limit $6)
     select (select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near) as near;
