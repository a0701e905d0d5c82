-- What the set-up wizard stores: one row. Secrets are sealed (app/secrets).
create table github_connection (
  id integer primary key default 1 check (id = 1),
  version integer not null default 1,
  api_url text,
  web_url text,
  owner text,
  is_public boolean not null default false,
  hook_mode text check (hook_mode in ('push', 'pull', 'none')),
  app_id text,
  slug text,
  client_id text,
  private_key text,
  webhook_secret text,
  webhook_secret_previous text,
  client_secret text,
  token text,
  completed_at timestamptz,
  updated_at timestamptz not null default now()
);

-- Hashes of the states that were sent to GitHub: each good once, for an hour, in the browser whose cookie has it.
create table setup_state (
  hash bytea primary key,
  created_at timestamptz not null default now()
);
