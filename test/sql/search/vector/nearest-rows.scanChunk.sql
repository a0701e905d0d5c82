-- a chunk
with chunk as materialized (
       select * from embedding e where e.space_id = $1 and e.repository_id = any($2::bigint[]) and e.passage_id > $3
       order by e.passage_id limit $4
     ), near as (
       select e.passage_id, p.pull_request_id, e.repository_id, e.vector <=> $5::halfvec as distance
       from chunk e join passage p on p.id = e.passage_id and case when e.content_hash = p.content_hash then true else false end
    and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($6::bigint[]))))  where true
       order by distance, e.passage_id limit $7)
     select (select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near) as near,
       (select max(passage_id) from chunk having count(*) = $8) as last;

-- a chunk, label:bug
with chunk as materialized (
       select * from embedding e where e.space_id = $1 and e.repository_id = any($2::bigint[]) and e.passage_id > $3
       order by e.passage_id limit $4
     ), near as (
       select e.passage_id, p.pull_request_id, e.repository_id, e.vector <=> $5::halfvec as distance
       from chunk e join passage p on p.id = e.passage_id and case when e.content_hash = p.content_hash then true else false end
    and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($6::bigint[])))) join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id where true and (exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($7::text[]) one))))
       order by distance, e.passage_id limit $8)
     select (select json_agg(json_build_object('passageId', passage_id::text,
    'pullRequestId', pull_request_id::text, 'repositoryId', repository_id::text,
    'similarity', 1 - distance) order by distance, passage_id) from near) as near,
       (select max(passage_id) from chunk having count(*) = $9) as last;
