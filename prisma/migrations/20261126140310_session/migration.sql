-- Browsers that are signed in: only the hash of what their cookie contains is kept.
create table session (
  id bigint generated always as identity primary key,
  -- sha256 of the cookie's value.
  hash bytea not null unique,
  -- How it was started.
  method text not null check (method in ('operator_link')),
  created_at timestamptz not null default now(),
  -- Accurate to the minute.
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- As the browser says, cut.
  user_agent text not null default ''
);
