-- sort:created-asc
select pr.id from pull_request pr where pr.id = any($1::bigint[]) order by pr.created_at asc nulls last, pr.id desc;

-- sort:updated-asc
select pr.id from pull_request pr where pr.id = any($1::bigint[]) order by pr.updated_at asc nulls last, pr.id desc;

-- sort:merged-asc
select pr.id from pull_request pr where pr.id = any($1::bigint[]) order by pr.merged_at asc nulls last, pr.id desc;

-- sort:comments-asc
select pr.id from pull_request pr where pr.id = any($1::bigint[]) order by ((select count(*) from comment c where c.pull_request_id = pr.id)
    + (select count(*) from review_comment c where c.pull_request_id = pr.id)) asc nulls last, pr.id desc;
