-- Deliveries are listed in the order in which they were stored.
alter table delivery add column seq bigint generated always as identity;
create unique index delivery_seq on delivery (seq);
create index delivery_installation on delivery (installation, seq);
-- When GitHub first sent it, by GitHub's clock, if it was collected later; null if it was received.
alter table delivery add column sent_at timestamptz;

-- The sweep over the deliveries that failed at GitHub: one row, which the process that sweeps holds by `lease`
-- until `lease_until`.
create table hook_sweep (
  id boolean primary key default true check (id),
  created_at timestamptz not null default clock_timestamp(),
  next_at timestamptz not null default clock_timestamp(),
  lease integer not null default 0,
  lease_until timestamptz,
  succeeded_at timestamptz,
  -- Why the last sweep failed; null if it did not.
  error text,
  -- By GitHub's clock: every failed delivery until then is settled.
  settled_until timestamptz,
  -- What GitHub kept no longer when Whence asked.
  lost_from timestamptz,
  lost_until timestamptz,
  -- The address of the hook, as GitHub said; null if it knows no hook.
  hook_url text,
  hook_read_at timestamptz,
  -- While no deliveries can be relied upon, repositories are asked for again and again.
  probing_reason text,
  probed_at timestamptz,
  -- The last time that GitHub was asked for the installations because of an unknown one, and the last time that
  -- it answered.
  installations_asked_at timestamptz,
  installations_listed_at timestamptz
);
