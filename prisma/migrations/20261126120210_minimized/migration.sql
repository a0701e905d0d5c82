-- What is minimized on GitHub ranks below the rest, and spam and abuse are never found.
create index comment_minimized on comment (node_id) where is_minimized;
create index review_minimized on review (node_id) where is_minimized;
create index review_comment_minimized on review_comment (node_id) where is_minimized;

delete from passage p using (
  select 'comment' as kind, node_id, repository_id, pull_request_id, minimized_reason from comment where is_minimized
  union all select 'review', node_id, repository_id, pull_request_id, minimized_reason from review where is_minimized
  union all select 'review_comment', node_id, repository_id, pull_request_id, minimized_reason
    from review_comment where is_minimized) m
where lower(m.minimized_reason) in ('spam', 'abuse') and p.repository_id = m.repository_id
  and coalesce(p.pull_request_id, 0) = m.pull_request_id and p.kind = m.kind and p.source_id = m.node_id;
