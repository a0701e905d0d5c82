-- repositories by name
with own as materialized (
       select *, count(*) over ()::int as total from (select r.id, r.installation_id, r.full_name, r.url, r.visibility, r.is_archived,
      r.pull_requests as github, r.synced_until, r.pushed_at, case when r.synced_until is null then 'unread'
  when exists (select from gap g where g.repository_id = r.id) then 'gaps'
  when r.synced_from > to_timestamp(0) and (select count(*)::int from pull_request p
    where p.repository_id = r.id and p.deleted_at is null) < r.pull_requests then 'limited'
  else 'read' end as state
    from repository r where r.id = any($5::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))) c
       where position($1::text in lower(c.full_name)) > 0 and ($2::text is null or c.state = $2)
       order by lower(full_name), id limit $3 offset $4)
     select own.id, own.installation_id, own.full_name, own.url, own.visibility, own.is_archived,
       own.state, own.github, own.total,
       (select count(*)::int from gap g where g.repository_id = own.id) as gaps,
       pulls.stored, pulls.incomplete,
       (select w.passages from repository_words w where w.repository_id = own.id) as passages,
       (select count(distinct c.branch)::int from code_ref c
         where c.repository_id = own.id and c.generation > 0 and c.hidden_at is null) as branches,
       to_char(own.synced_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as synced_until, to_char(own.pushed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as pushed_at,
       own.installation_id = any($6::bigint[]) as is_operated
     from own
       cross join lateral (select count(*)::int as stored,
         count(*) filter (where not p.is_complete)::int as incomplete
         from pull_request p where p.repository_id = own.id and p.deleted_at is null) pulls
     order by lower(full_name), id;

-- repositories by pushed
with own as materialized (
       select *, count(*) over ()::int as total from (select r.id, r.installation_id, r.full_name, r.url, r.visibility, r.is_archived,
      r.pull_requests as github, r.synced_until, r.pushed_at, case when r.synced_until is null then 'unread'
  when exists (select from gap g where g.repository_id = r.id) then 'gaps'
  when r.synced_from > to_timestamp(0) and (select count(*)::int from pull_request p
    where p.repository_id = r.id and p.deleted_at is null) < r.pull_requests then 'limited'
  else 'read' end as state
    from repository r where r.id = any($5::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))) c
       where position($1::text in lower(c.full_name)) > 0 and ($2::text is null or c.state = $2)
       order by pushed_at desc nulls last, id limit $3 offset $4)
     select own.id, own.installation_id, own.full_name, own.url, own.visibility, own.is_archived,
       own.state, own.github, own.total,
       (select count(*)::int from gap g where g.repository_id = own.id) as gaps,
       pulls.stored, pulls.incomplete,
       (select w.passages from repository_words w where w.repository_id = own.id) as passages,
       (select count(distinct c.branch)::int from code_ref c
         where c.repository_id = own.id and c.generation > 0 and c.hidden_at is null) as branches,
       to_char(own.synced_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as synced_until, to_char(own.pushed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as pushed_at,
       own.installation_id = any($6::bigint[]) as is_operated
     from own
       cross join lateral (select count(*)::int as stored,
         count(*) filter (where not p.is_complete)::int as incomplete
         from pull_request p where p.repository_id = own.id and p.deleted_at is null) pulls
     order by pushed_at desc nulls last, id;

-- repositories by read
with own as materialized (
       select *, count(*) over ()::int as total from (select r.id, r.installation_id, r.full_name, r.url, r.visibility, r.is_archived,
      r.pull_requests as github, r.synced_until, r.pushed_at, case when r.synced_until is null then 'unread'
  when exists (select from gap g where g.repository_id = r.id) then 'gaps'
  when r.synced_from > to_timestamp(0) and (select count(*)::int from pull_request p
    where p.repository_id = r.id and p.deleted_at is null) < r.pull_requests then 'limited'
  else 'read' end as state
    from repository r where r.id = any($5::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))) c
       where position($1::text in lower(c.full_name)) > 0 and ($2::text is null or c.state = $2)
       order by synced_until nulls first, id limit $3 offset $4)
     select own.id, own.installation_id, own.full_name, own.url, own.visibility, own.is_archived,
       own.state, own.github, own.total,
       (select count(*)::int from gap g where g.repository_id = own.id) as gaps,
       pulls.stored, pulls.incomplete,
       (select w.passages from repository_words w where w.repository_id = own.id) as passages,
       (select count(distinct c.branch)::int from code_ref c
         where c.repository_id = own.id and c.generation > 0 and c.hidden_at is null) as branches,
       to_char(own.synced_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as synced_until, to_char(own.pushed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as pushed_at,
       own.installation_id = any($6::bigint[]) as is_operated
     from own
       cross join lateral (select count(*)::int as stored,
         count(*) filter (where not p.is_complete)::int as incomplete
         from pull_request p where p.repository_id = own.id and p.deleted_at is null) pulls
     order by synced_until nulls first, id;

-- repositories by pulls
with own as materialized (
       select *, count(*) over ()::int as total from (select r.id, r.installation_id, r.full_name, r.url, r.visibility, r.is_archived,
      r.pull_requests as github, r.synced_until, r.pushed_at, case when r.synced_until is null then 'unread'
  when exists (select from gap g where g.repository_id = r.id) then 'gaps'
  when r.synced_from > to_timestamp(0) and (select count(*)::int from pull_request p
    where p.repository_id = r.id and p.deleted_at is null) < r.pull_requests then 'limited'
  else 'read' end as state
    from repository r where r.id = any($5::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active))) c
       where position($1::text in lower(c.full_name)) > 0 and ($2::text is null or c.state = $2)
       order by github desc, id limit $3 offset $4)
     select own.id, own.installation_id, own.full_name, own.url, own.visibility, own.is_archived,
       own.state, own.github, own.total,
       (select count(*)::int from gap g where g.repository_id = own.id) as gaps,
       pulls.stored, pulls.incomplete,
       (select w.passages from repository_words w where w.repository_id = own.id) as passages,
       (select count(distinct c.branch)::int from code_ref c
         where c.repository_id = own.id and c.generation > 0 and c.hidden_at is null) as branches,
       to_char(own.synced_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as synced_until, to_char(own.pushed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as pushed_at,
       own.installation_id = any($6::bigint[]) as is_operated
     from own
       cross join lateral (select count(*)::int as stored,
         count(*) filter (where not p.is_complete)::int as incomplete
         from pull_request p where p.repository_id = own.id and p.deleted_at is null) pulls
     order by github desc, id;
