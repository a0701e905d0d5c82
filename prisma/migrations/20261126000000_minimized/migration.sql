-- Hidden by somebody who maintains the repository, and why, in GitHub's word. Null where the row comes of a
-- record that did not tell.
alter table comment add column is_minimized boolean, add column minimized_reason text;
alter table review add column is_minimized boolean, add column minimized_reason text;
alter table review_comment add column is_minimized boolean, add column minimized_reason text;
