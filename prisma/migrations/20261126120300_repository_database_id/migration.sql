-- GraphQL gives no database id beyond 31 bits; REST does, but does not name every repository.
alter table repository alter column database_id drop not null;
create index repository_database_id on repository (database_id);
