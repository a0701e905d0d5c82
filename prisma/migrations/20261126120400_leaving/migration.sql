-- Leaving: since when an installation is inactive, and what was erased.

alter table installation
  add column inactive_at timestamptz,
  add column erased_at timestamptz;
-- Those that left before this was recorded count from now.
update installation set inactive_at = now() where active = false;

-- From here on nothing brings the repository back: its rows go in batches, and it goes last.
alter table repository add column erasing_at timestamptz;
create index repository_leaving on repository (hidden_at) where hidden_at is not null;

-- People whose texts were erased: what GitHub returns later is stored without them.
create table erased_person (
  node_id text primary key,
  erased_at timestamptz not null default now()
);

-- Who changed what, and when. Rows are only added.
create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  -- No foreign key: an entry outlives what it is about.
  installation_id bigint,
  subject text not null,
  details jsonb not null default '{}'
);
create index audit_entry_installation on audit_entry (installation_id, id);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_entry is append-only: % is refused', tg_op;
end
$$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
  for each statement execute function refuse_audit_change();
