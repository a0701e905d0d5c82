-- A narrowed token reads only these repositories, of those that its owner reads; any other reads all of them.
-- An empty list would open all, so the list alone does not decide.
alter table api_token
  add column narrowed boolean not null default false,
  add column repositories bigint[] not null default '{}';
alter table api_token add constraint api_token_narrowed_check
  check (narrowed = (cardinality(repositories) > 0) and (not narrowed or rights = 'read'));
