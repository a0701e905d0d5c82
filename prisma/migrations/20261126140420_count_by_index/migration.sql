-- Counting the pull requests of a repository that are not deleted reads the index alone, not the rows. The
-- index replaces the one without the column, so that writes cost the same.
create index pull_request_counted on pull_request (repository_id, number) include (deleted_at);
drop index pull_request_repository;
