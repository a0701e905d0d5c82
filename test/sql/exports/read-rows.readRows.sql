-- pulls
select r.full_name as "repository", pr.number as "number", pr.node_id as "id", pr.title as "title", pr.body as "body", pr.url as "url", pr.state as "state", pr.is_draft as "isDraft", (select u.login from github_user u where u.node_id = pr.author_id) as "author", pr.author_association as "authorAssociation", pr.created_at as "createdAt", pr.updated_at as "updatedAt", pr.closed_at as "closedAt", pr.merged_at as "mergedAt", (select u.login from github_user u where u.node_id = pr.merged_by_id) as "mergedBy", pr.merge_commit as "mergeCommit", pr.base_ref_name as "baseRefName", pr.head_ref_name as "headRefName", pr.head_ref_oid as "headRefOid", pr.additions as "additions", pr.deletions as "deletions", pr.changed_files as "changedFiles", pr.labels as "labels", array(select u.login from unnest(pr.assignee_ids) with ordinality a (id, position)
  join github_user u on u.node_id = a.id order by a.position) as "assignees", pr.milestone as "milestone", pr.review_decision as "reviewDecision", pr.is_complete as "isComplete", pr.id as pull_key, pr.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id 
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, pr.node_id) > ($2::bigint, $3::text) and (true)
       order by pr.id, pr.node_id limit $4;

-- comments
select r.full_name as "repository", pr.number as "pullRequest", t.node_id as "id", (select u.login from github_user u where u.node_id = t.author_id) as "author", t.author_association as "authorAssociation", t.body as "body", t.url as "url", t.created_at as "createdAt", t.updated_at as "updatedAt", t.is_minimized as "isMinimized", t.minimized_reason as "minimizedReason", pr.id as pull_key, t.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join comment t on t.pull_request_id = pr.id
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, t.node_id) > ($2::bigint, $3::text) and (true)
       order by pr.id, t.node_id limit $4;

-- reviews
select r.full_name as "repository", pr.number as "pullRequest", t.node_id as "id", (select u.login from github_user u where u.node_id = t.author_id) as "author", t.author_association as "authorAssociation", t.body as "body", t.url as "url", t.created_at as "createdAt", t.updated_at as "updatedAt", t.is_minimized as "isMinimized", t.minimized_reason as "minimizedReason", t.state as "state", t.submitted_at as "submittedAt", t.commit_oid as "commit", pr.id as pull_key, t.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join review t on t.pull_request_id = pr.id
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, t.node_id) > ($2::bigint, $3::text) and (true)
       order by pr.id, t.node_id limit $4;

-- review-comments
select r.full_name as "repository", pr.number as "pullRequest", t.node_id as "id", (select u.login from github_user u where u.node_id = t.author_id) as "author", t.author_association as "authorAssociation", t.body as "body", t.url as "url", t.created_at as "createdAt", t.updated_at as "updatedAt", t.is_minimized as "isMinimized", t.minimized_reason as "minimizedReason", t.thread_id as "thread", t.review_id as "review", t.reply_to_id as "replyTo", t.path as "path", h.line as "line", h.is_resolved as "isResolved", h.is_outdated as "isOutdated", t.diff_hunk as "diffHunk", pr.id as pull_key, t.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join review_comment t on t.pull_request_id = pr.id
      left join review_thread h on h.node_id = t.thread_id
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, t.node_id) > ($2::bigint, $3::text) and (true)
       order by pr.id, t.node_id limit $4;

-- commits
select r.full_name as "repository", pr.number as "pullRequest", l.position as "position", t.oid as "oid", t.message as "message", t.url as "url", t.author_name as "authorName", (select u.login from github_user u where u.node_id = t.author_id) as "author", t.authored_at as "authoredDate", t.committed_at as "committedDate", t.additions as "additions", t.deletions as "deletions", t.changed_files as "changedFiles", pr.id as pull_key, t.oid as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join pull_request_commit l on l.pull_request_id = pr.id
      join commit t on t.repository_id = pr.repository_id and t.oid = l.oid
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, t.oid) > ($2::bigint, $3::text) and (true)
       order by pr.id, t.oid limit $4;

-- checks
select r.full_name as "repository", pr.number as "pullRequest", l.head_oid as "headRefOid", coalesce(t.value ->> 'name', t.value ->> 'context') as "name", t.value ->> 'app' as "app", t.value ->> 'status' as "status", coalesce(t.value ->> 'conclusion', t.value ->> 'state') as "conclusion", t.value ->> 'description' as "description", coalesce(t.value ->> 'detailsUrl', t.value ->> 'targetUrl') as "url", coalesce(t.value ->> 'startedAt', t.value ->> 'createdAt') as "startedAt", t.value ->> 'completedAt' as "completedAt", pr.id as pull_key, to_char(t.position, 'FM0000000') as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join check_list l on l.node_id = pr.node_id and l.head_oid = pr.head_ref_oid
      cross join lateral jsonb_array_elements(l.contexts) with ordinality t (value, position)
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, to_char(t.position, 'FM0000000')) > ($2::bigint, $3::text) and (true)
       order by pr.id, to_char(t.position, 'FM0000000') limit $4;

-- changed-files
select r.full_name as "repository", pr.number as "pullRequest", t.place as "place", t.path as "path", t.previous_path as "previousPath", t.change_type as "changeType", t.additions as "additions", t.deletions as "deletions", pr.id as pull_key, to_char(t.place, 'FM0000000000') as item_key
       from pull_request pr join repository r on r.id = pr.repository_id join pull_request_file t on t.pull_request_id = pr.id
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, to_char(t.place, 'FM0000000000')) > ($2::bigint, $3::text) and (true)
       order by pr.id, to_char(t.place, 'FM0000000000') limit $4;

-- pulls (of a viewer)
select r.full_name as "repository", pr.number as "number", pr.node_id as "id", pr.title as "title", pr.body as "body", pr.url as "url", pr.state as "state", pr.is_draft as "isDraft", (select u.login from github_user u where u.node_id = pr.author_id) as "author", pr.author_association as "authorAssociation", pr.created_at as "createdAt", pr.updated_at as "updatedAt", pr.closed_at as "closedAt", pr.merged_at as "mergedAt", (select u.login from github_user u where u.node_id = pr.merged_by_id) as "mergedBy", pr.merge_commit as "mergeCommit", pr.base_ref_name as "baseRefName", pr.head_ref_name as "headRefName", pr.head_ref_oid as "headRefOid", pr.additions as "additions", pr.deletions as "deletions", pr.changed_files as "changedFiles", pr.labels as "labels", array(select u.login from unnest(pr.assignee_ids) with ordinality a (id, position)
  join github_user u on u.node_id = a.id order by a.position) as "assignees", pr.milestone as "milestone", pr.review_decision as "reviewDecision", pr.is_complete as "isComplete", pr.id as pull_key, pr.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id 
       where r.id = any($5::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, pr.node_id) > ($2::bigint, $3::text) and (true)
       order by pr.id, pr.node_id limit $4;

-- pulls label:bug "quote cache"
select r.full_name as "repository", pr.number as "number", pr.node_id as "id", pr.title as "title", pr.body as "body", pr.url as "url", pr.state as "state", pr.is_draft as "isDraft", (select u.login from github_user u where u.node_id = pr.author_id) as "author", pr.author_association as "authorAssociation", pr.created_at as "createdAt", pr.updated_at as "updatedAt", pr.closed_at as "closedAt", pr.merged_at as "mergedAt", (select u.login from github_user u where u.node_id = pr.merged_by_id) as "mergedBy", pr.merge_commit as "mergeCommit", pr.base_ref_name as "baseRefName", pr.head_ref_name as "headRefName", pr.head_ref_oid as "headRefOid", pr.additions as "additions", pr.deletions as "deletions", pr.changed_files as "changedFiles", pr.labels as "labels", array(select u.login from unnest(pr.assignee_ids) with ordinality a (id, position)
  join github_user u on u.node_id = a.id order by a.position) as "assignees", pr.milestone as "milestone", pr.review_decision as "reviewDecision", pr.is_complete as "isComplete", pr.id as pull_key, pr.node_id as item_key
       from pull_request pr join repository r on r.id = pr.repository_id 
       where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and pr.deleted_at is null
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, pr.node_id) > ($2::bigint, $3::text) and (exists (select from unnest(pr.labels) label where lower(label) = any (array(select lower(one) from unnest($5::text[]) one))) and exists (select from passage x where x.pull_request_id = pr.id
    and x.words @@ $6::tsquery and (x.issue_repository is null or exists (select from repository other
      where other.node_id = x.issue_repository and other.hidden_at is null and other.installation_id = any(array(select own.id from installation own where own.active))))))
       order by pr.id, pr.node_id limit $4;
