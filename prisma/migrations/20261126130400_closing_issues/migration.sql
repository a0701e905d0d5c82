-- The issues that a pull request closes are passages of it. Whoever may not read the repository of such an
-- issue must not find it, so a passage names that repository if it is another one than its own.
alter table passage drop constraint passage_kind_check;
alter table passage add constraint passage_kind_check check (kind in
  ('repository', 'description', 'comment', 'review', 'review_comment', 'commit', 'issue'));
alter table passage add column issue_repository text;
create index pull_request_closing_issues on pull_request using gin (closing_issues jsonb_path_ops)
  where closing_issues <> '[]';

-- Closing issues in other repositories are hidden until the pull request is read again: the id of their
-- repository was not stored.
update pull_request p set closing_issues = (
    select jsonb_agg(case when e ->> 'repository' = r.full_name then e
        else e || '{"issueRepository": ""}' end order by position)
    from jsonb_array_elements(p.closing_issues) with ordinality l (e, position))
  from repository r where r.id = p.repository_id and p.closing_issues <> '[]';
