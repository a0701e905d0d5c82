-- author:a
with sample as materialized (select newest.* from (
      select r.id from repository r where r.id = any($3::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))
      order by r.pushed_at desc nulls last, r.id limit 50) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and pr.deleted_at is null
      order by pr.updated_at desc limit 200) newest
    order by newest.updated_at desc limit 2000)
     select v.value, count(*)::int as count from (select u.login as value from sample s join github_user u on u.node_id = s.author_id) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2;

-- commenter:a
with sample as materialized (select newest.* from (
      select r.id from repository r where r.id = any($3::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))
      order by r.pushed_at desc nulls last, r.id limit 50) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and pr.deleted_at is null
      order by pr.updated_at desc limit 200) newest
    order by newest.updated_at desc limit 2000)
     select v.value, count(*)::int as count from (select u.login as value from passage p join github_user u on u.node_id = p.author_id
  where p.pull_request_id in (select id from sample)) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2;

-- assignee:a
with sample as materialized (select newest.* from (
      select r.id from repository r where r.id = any($3::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))
      order by r.pushed_at desc nulls last, r.id limit 50) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and pr.deleted_at is null
      order by pr.updated_at desc limit 200) newest
    order by newest.updated_at desc limit 2000)
     select v.value, count(*)::int as count from (select u.login as value from sample s cross join unnest(s.assignee_ids) one (id)
    join github_user u on u.node_id = one.id) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2;

-- label:a
with sample as materialized (select newest.* from (
      select r.id from repository r where r.id = any($3::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))
      order by r.pushed_at desc nulls last, r.id limit 50) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and pr.deleted_at is null
      order by pr.updated_at desc limit 200) newest
    order by newest.updated_at desc limit 2000)
     select v.value, count(*)::int as count from (select unnest(labels) as value from sample) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2;

-- path:a
with sample as materialized (select newest.* from (
      select r.id from repository r where r.id = any($3::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))
      order by r.pushed_at desc nulls last, r.id limit 50) own
    cross join lateral (
      select pr.id, pr.author_id, pr.assignee_ids, pr.labels, pr.milestone, pr.base_ref_name,
        pr.head_ref_name, pr.updated_at
      from pull_request pr where pr.repository_id = own.id and pr.deleted_at is null
      order by pr.updated_at desc limit 200) newest
    order by newest.updated_at desc limit 2000)
     select v.value, count(*)::int as count from (select f.path as value from sample s join pull_request_file f on f.pull_request_id = s.id) v
     where position($1::text in lower(v.value)) > 0 group by v.value
     order by starts_with(lower(v.value), $1) desc, count(*) desc, v.value limit $2;
