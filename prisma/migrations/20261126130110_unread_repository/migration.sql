-- Repositories that the installation grants and that could never be read, so that they have no other row.
create table unread_repository (
  installation_id bigint not null references installation (id) on delete cascade,
  node_id text not null,
  name text not null,
  reason text not null,
  attempts integer not null default 1,
  -- The last run whose list had it.
  listed_in bigint not null,
  first_seen_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  primary key (installation_id, node_id)
);
