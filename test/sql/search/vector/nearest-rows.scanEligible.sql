-- each row, label:bug
with eligible as materialized (
       select p.id, p.pull_request_id, p.content_hash from passage p join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id
       where p.repository_id = any($1::bigint[])
         and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($2::bigint[])))) and true and (exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($3::text[]) one))))
       limit $4
     ), counted as materialized (
       select count(*) > $5::bigint as more from eligible
     ), near as (
       select e.passage_id, p.pull_request_id, e.repository_id, e.distance
       from eligible p cross join lateral (
         select e.passage_id, e.repository_id, e.vector <=> $6::halfvec as distance from embedding e
         where e.space_id = $7 and e.repository_id = any($8::bigint[]) and e.passage_id = p.id and case when e.content_hash = p.content_hash then true else false end offset 0) e
       where (select more from counted) is not true
       order by e.distance, e.passage_id limit $9)
     select (select more from counted) is true as is_more, (select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near) as near;
