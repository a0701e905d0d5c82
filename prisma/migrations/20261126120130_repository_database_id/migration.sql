-- GitHub's number of a repository, from REST: GraphQL has none beyond 31 bits. Null until REST has named it.
alter table repository alter column database_id drop not null;
create index repository_database_id on repository (database_id);
