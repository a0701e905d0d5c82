-- by the index, label:bug
with near as materialized (
       select e.passage_id, p.pull_request_id, e.repository_id, e.vector <=> $1::halfvec as distance
       from embedding e join passage p on p.id = e.passage_id and case when e.content_hash = p.content_hash then true else false end
    and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($2::bigint[])))) join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id
       where e.space_id = $3 and e.repository_id = any($4::bigint[]) and true and (exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($5::text[]) one))))
       order by e.vector::halfvec(3) <=> $6::halfvec(3) limit $7)
     select (select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near) as near;
