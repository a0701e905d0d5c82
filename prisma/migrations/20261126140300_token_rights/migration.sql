-- A token reads, or also makes changes, until it expires. Tokens made before this could do everything and did
-- not expire: they go on, and `whence token list` shows them as such.
alter table api_token
  add column rights text not null default 'operate' check (rights in ('read', 'operate')),
  add column expires_at timestamptz;
alter table api_token alter column rights set default 'read';
