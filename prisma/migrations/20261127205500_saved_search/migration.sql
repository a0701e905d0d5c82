-- Searches that people keep: their own, or shared with everybody who reads something of an installation.
create table saved_search (
  id bigint generated always as identity primary key,
  -- Null for the operator of the server.
  person_id bigint references person (id) on delete cascade,
  -- Null for a private one.
  installation_id bigint references installation (id) on delete cascade,
  name text not null,
  query text not null,
  mode text not null check (mode in ('auto', 'keyword', 'semantic')),
  type text not null check (type in ('all', 'conversation', 'code')),
  created_at timestamptz not null default now()
);
create unique index saved_search_name on saved_search (person_id, installation_id, name) nulls not distinct;
create index saved_search_installation on saved_search (installation_id);
