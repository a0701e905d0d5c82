-- repo:acme/engine repo:tideline
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (lower(r.full_name) = any (array(select lower(one) from unnest($3::text[]) one)) or lower(r.name) = any (array(select lower(one) from unnest($4::text[]) one))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- org:acme -org:tide*
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and lower(split_part(r.full_name, '/', 1)) = any (array(select lower(one) from unnest($3::text[]) one)) and (lower(split_part(r.full_name, '/', 1)) like any (array(select lower(one) from unnest($4::text[]) one))) is not true order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- author:ada author:renovate[bot]
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and pr.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- commenter:ada
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (exists (select from comment v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))))) or exists (select from review_comment v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))))) or exists (select from review v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) and v.body <> '')) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- reviewed-by:ada
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and exists (select from review v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) and v.state <> 'PENDING') order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- involves:ada
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (pr.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) or pr.assignee_ids && array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))) or exists (select from comment v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))))) or exists (select from review_comment v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))))) or exists (select from review v where v.pull_request_id = pr.id
      and v.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) and v.state <> 'PENDING')) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- assignee:ada
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and pr.assignee_ids && array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- label:bug label:"good *"
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($3::text[]) one))) and exists (select from unnest(pr.labels) label where lower(label) like any (array(select lower(one) from unnest($4::text[]) one))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- milestone:spring -author:cleo
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and lower(pr.milestone) = any (array(select lower(one) from unnest($3::text[]) one)) and (pr.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($4::text[]) one))))) is not true order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- base:main head:feature/*
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and lower(pr.base_ref_name) = any (array(select lower(one) from unnest($3::text[]) one)) and lower(pr.head_ref_name) like any (array(select lower(one) from unnest($4::text[]) one)) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- path:src/**/*.ts path:/docs path:readme
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and exists (select from passage p where p.pull_request_id = pr.id and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($6::bigint[])))) and (p.path ~* $3::text or exists (select from pull_request_file changed where changed.pull_request_id = pr.id
    and (changed.path ~* $4::text
      or changed.previous_path ~* $5::text)))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- -path:vendor/
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and ((exists (select from passage said where said.pull_request_id = pr.id
        and said.path ~* $3::text) or exists (select from pull_request_file changed where changed.pull_request_id = pr.id
    and (changed.path ~* $4::text
      or changed.previous_path ~* $5::text)))) is not true order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- is:open is:merged
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (pr.state = 'OPEN') and (pr.state = 'MERGED') order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- is:draft is:closed
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and ((pr.is_draft and pr.state = 'OPEN')) and (pr.state in ('CLOSED', 'MERGED')) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- review:approved
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (coalesce(pr.review_decision, (select case
    when bool_or(last.state = 'CHANGES_REQUESTED') then 'CHANGES_REQUESTED'
    when bool_or(last.state = 'APPROVED') then 'APPROVED' end from (select distinct on (coalesce(v.author_id, v.node_id)) v.state from review v
  where v.pull_request_id = pr.id and v.state in ('APPROVED', 'CHANGES_REQUESTED', 'DISMISSED')
  order by coalesce(v.author_id, v.node_id), coalesce(v.submitted_at, v.created_at) desc,
    v.node_id desc) last)) = 'APPROVED') order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- review:changes_requested -review:none
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (coalesce(pr.review_decision, (select case
    when bool_or(last.state = 'CHANGES_REQUESTED') then 'CHANGES_REQUESTED'
    when bool_or(last.state = 'APPROVED') then 'APPROVED' end from (select distinct on (coalesce(v.author_id, v.node_id)) v.state from review v
  where v.pull_request_id = pr.id and v.state in ('APPROVED', 'CHANGES_REQUESTED', 'DISMISSED')
  order by coalesce(v.author_id, v.node_id), coalesce(v.submitted_at, v.created_at) desc,
    v.node_id desc) last)) = 'CHANGES_REQUESTED') and ((not exists (select from review v where v.pull_request_id = pr.id and v.state <> 'PENDING'))) is not true order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- no:label no:assignee no:milestone
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (pr.labels = '{}') and (pr.assignee_ids = '{}') and (pr.milestone is null) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- created:2024 updated:>2024-02-01
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and pr.created_at is not null and pr.created_at >= $3::timestamptz and pr.created_at < $4::timestamptz and pr.updated_at is not null and pr.updated_at >= $5::timestamptz order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- merged:<2024-02-01 closed:2024-01..2024-03
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and pr.merged_at is not null and pr.merged_at < $3::timestamptz and pr.closed_at is not null and pr.closed_at >= $4::timestamptz and pr.closed_at < $5::timestamptz order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- in:title in:comments
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and exists (select from passage p where p.pull_request_id = pr.id and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($4::bigint[])))) and (p.kind = any ($3::text[]) or (p.kind = 'description' and p.part = 0))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- in:commits bot:true
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and exists (select from passage p where p.pull_request_id = pr.id and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($4::bigint[])))) and p.kind = any ($3::text[]) and exists (select from github_user u
    where u.node_id = p.author_id and u.kind = 'Bot')) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- bot:false
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and not exists (select from github_user u
    where u.node_id = pr.author_id and u.kind = 'Bot') order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- sort:comments-desc
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and true order by ((select count(*) from comment c where c.pull_request_id = pr.id)
    + (select count(*) from review_comment c where c.pull_request_id = pr.id)) desc nulls last, pr.id desc limit $2;

-- sort:created-asc
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and true order by pr.created_at asc nulls last, pr.id desc limit $2;

-- author:ada OR label:bug
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (pr.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) or exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($4::text[]) one)))) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- (is:open author:ada) OR is:merged
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and ((pr.state = 'OPEN') and pr.author_id = any (array(select u.node_id from github_user u where lower(u.login) = any (array(select lower(one) from unnest($3::text[]) one)))) or (pr.state = 'MERGED')) order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- -(label:bug OR label:api OR is:draft)
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and ((exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($3::text[]) one))) or exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($4::text[]) one))) or ((pr.is_draft and pr.state = 'OPEN')))) is not true order by pr.updated_at desc nulls last, pr.id desc limit $2;

-- (in:title bot:true) OR path:src
select pr.id, pr.repository_id
     from pull_request pr join repository r on r.id = pr.repository_id
     where pr.repository_id = any($1::bigint[]) and pr.deleted_at is null and (exists (select from passage p where p.pull_request_id = pr.id and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($4::bigint[])))) and (p.kind = any ($3::text[]) or (p.kind = 'description' and p.part = 0)) and exists (select from github_user u
    where u.node_id = p.author_id and u.kind = 'Bot')) or exists (select from passage p where p.pull_request_id = pr.id and (p.issue_repository is null or p.issue_repository = any(array(
    select node_id from repository where id = any($8::bigint[])))) and (p.path ~* $5::text or exists (select from pull_request_file changed where changed.pull_request_id = pr.id
    and (changed.path ~* $6::text
      or changed.previous_path ~* $7::text))))) order by pr.updated_at desc nulls last, pr.id desc limit $2;
