-- quote cache
with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         array[case when p.words @@ $1::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $2::tsquery) else 0 end] as counts,
         case when p.kind = 'description' then array[case when p.words @@ $1::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $2::tsquery) else 0 end] end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p 
       where p.words @@ $3::tsquery and p.repository_id = any($4::bigint[]) and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($5::bigint[])))) and true limit 6000
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select array_to_string(array_agg(id), ',', '') as ids, array_to_string(array_agg(pull_request_id), ',', '') as pull_request_ids,
       array_to_string(array_agg(repository_id), ',', '') as repository_ids, array_to_string(array_agg((kind = 'commit')::int), ',', '') as are_commits,
       array_to_string(array_agg(is_demoted::int), ',', '') as are_demoted, array_to_string(array_agg(length), ',', '') as lengths, array_to_string(array_agg(counts), ',', '') as counts,
       array_to_string(array_agg(title_length), ',', '') as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select array_to_string(array_agg(pull_request_id), ',', '') from wholes) as groups,
       (select array_to_string(array_agg(length), ',', '') from wholes) as group_lengths from found;

-- "quote cache" -invalidation label:bug
with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         array[case when p.words @@ $1::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $2::tsquery) else 0 end] as counts,
         case when p.kind = 'description' then array[case when p.words @@ $1::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $2::tsquery) else 0 end] end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id
       where p.words @@ $3::tsquery and p.repository_id = any($4::bigint[]) and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($5::bigint[])))) and true and exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ $6::tsquery and (x.issue_repository is null or x.issue_repository = any(array(
    select node_id from repository where id = any($7::bigint[]))))) and not exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ $8::tsquery and (x.issue_repository is null or x.issue_repository = any(array(
    select node_id from repository where id = any($9::bigint[]))))) and exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($10::text[]) one))) limit 6000
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select array_to_string(array_agg(id), ',', '') as ids, array_to_string(array_agg(pull_request_id), ',', '') as pull_request_ids,
       array_to_string(array_agg(repository_id), ',', '') as repository_ids, array_to_string(array_agg((kind = 'commit')::int), ',', '') as are_commits,
       array_to_string(array_agg(is_demoted::int), ',', '') as are_demoted, array_to_string(array_agg(length), ',', '') as lengths, array_to_string(array_agg(counts), ',', '') as counts,
       array_to_string(array_agg(title_length), ',', '') as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select array_to_string(array_agg(pull_request_id), ',', '') from wholes) as groups,
       (select array_to_string(array_agg(length), ',', '') from wholes) as group_lengths from found;

-- quote cache (common words)
with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         array[case when p.words @@ $1::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $2::tsquery) else 0 end] as counts,
         case when p.kind = 'description' then array[case when p.words @@ $1::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $2::tsquery) else 0 end] end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p 
       where p.words @@ $3::tsquery and p.repository_id = any($4::bigint[]) and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($5::bigint[])))) and p.kind = 'description' limit 1500
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select array_to_string(array_agg(id), ',', '') as ids, array_to_string(array_agg(pull_request_id), ',', '') as pull_request_ids,
       array_to_string(array_agg(repository_id), ',', '') as repository_ids, array_to_string(array_agg((kind = 'commit')::int), ',', '') as are_commits,
       array_to_string(array_agg(is_demoted::int), ',', '') as are_demoted, array_to_string(array_agg(length), ',', '') as lengths, array_to_string(array_agg(counts), ',', '') as counts,
       array_to_string(array_agg(title_length), ',', '') as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select array_to_string(array_agg(pull_request_id), ',', '') from wholes) as groups,
       (select array_to_string(array_agg(length), ',', '') from wholes) as group_lengths from found;

-- quote cache (common words)
with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         array[case when p.words @@ $1::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $2::tsquery) else 0 end] as counts,
         case when p.kind = 'description' then array[case when p.words @@ $1::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $2::tsquery) else 0 end] end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p 
       where p.words @@ $3::tsquery and p.repository_id = any($4::bigint[]) and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($5::bigint[])))) and true order by p.id desc limit 1500
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select array_to_string(array_agg(id), ',', '') as ids, array_to_string(array_agg(pull_request_id), ',', '') as pull_request_ids,
       array_to_string(array_agg(repository_id), ',', '') as repository_ids, array_to_string(array_agg((kind = 'commit')::int), ',', '') as are_commits,
       array_to_string(array_agg(is_demoted::int), ',', '') as are_demoted, array_to_string(array_agg(length), ',', '') as lengths, array_to_string(array_agg(counts), ',', '') as counts,
       array_to_string(array_agg(title_length), ',', '') as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select array_to_string(array_agg(pull_request_id), ',', '') from wholes) as groups,
       (select array_to_string(array_agg(length), ',', '') from wholes) as group_lengths from found;

-- cache ("quote cache" OR label:bug) -(invalidation bot:true)
with bots as materialized (select node_id from github_user where kind = 'Bot'),
     minimized as materialized (select node_id from comment where is_minimized
       union all select node_id from review where is_minimized
       union all select node_id from review_comment where is_minimized),
     found as materialized (
       select p.id, p.pull_request_id, p.repository_id, p.kind, p.length,
         p.author_id is not null and p.author_id in (select node_id from bots)
           or p.source_id in (select node_id from minimized) as is_demoted,
         array[case when p.words @@ $1::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{1, 0.75, 1, 1}', p.words, $2::tsquery) else 0 end] as counts,
         case when p.kind = 'description' then array[case when p.words @@ $1::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $1::tsquery) else 0 end,case when p.words @@ $2::tsquery then ts_rank_cd('{0, 0, 0, 1}', p.words, $2::tsquery) else 0 end] end as title_counts,
         case when p.kind = 'description' then length(ts_filter(p.words, '{a}')) else 0 end as title_length
       from passage p join repository r on r.id = p.repository_id
    left join pull_request pr on pr.id = p.pull_request_id
       where p.words @@ $3::tsquery and p.repository_id = any($4::bigint[]) and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($5::bigint[])))) and true and (exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ $6::tsquery and (x.issue_repository is null or x.issue_repository = any(array(
    select node_id from repository where id = any($7::bigint[]))))) or exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($8::text[]) one)))) and (exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ $9::tsquery and (x.issue_repository is null or x.issue_repository = any(array(
    select node_id from repository where id = any($10::bigint[]))))) and exists (select from github_user u
    where u.node_id = p.author_id and u.kind = 'Bot')) is not true limit 6000
     ), wholes as (
       select pull_request_id, whole.length
       from (select distinct pull_request_id from found where pull_request_id is not null order by 1) pull
         cross join lateral (select sum(x.length) as length from passage x
           where x.pull_request_id = pull.pull_request_id) whole
     )
     select array_to_string(array_agg(id), ',', '') as ids, array_to_string(array_agg(pull_request_id), ',', '') as pull_request_ids,
       array_to_string(array_agg(repository_id), ',', '') as repository_ids, array_to_string(array_agg((kind = 'commit')::int), ',', '') as are_commits,
       array_to_string(array_agg(is_demoted::int), ',', '') as are_demoted, array_to_string(array_agg(length), ',', '') as lengths, array_to_string(array_agg(counts), ',', '') as counts,
       array_to_string(array_agg(title_length), ',', '') as title_lengths,
       array_to_string(array_agg(title_counts) filter (where title_length > 0), ',') as title_counts,
       (select array_to_string(array_agg(pull_request_id), ',', '') from wholes) as groups,
       (select array_to_string(array_agg(length), ',', '') from wholes) as group_lengths from found;
