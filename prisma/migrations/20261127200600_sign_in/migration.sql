-- People who have signed in with GitHub. The number decides who somebody is: a login can change hands.
create table person (
  id bigint generated always as identity primary key,
  -- The host of GitHub's pages: the same number is another person elsewhere.
  host text not null,
  github_id bigint not null,
  login text not null,
  -- Has signed in in a browser that had the session of an operator link, as the set-up needs it.
  was_operator boolean not null default false,
  created_at timestamptz not null default now(),
  signed_in_at timestamptz not null default now(),
  unique (host, github_id)
);

-- The user token of a person, sealed (app/secrets). A pair that was refreshed ends the pair before.
create table user_token (
  person_id bigint primary key references person (id) on delete cascade,
  -- Counts the pairs, so that whoever stores one knows which it replaces.
  version integer not null default 1,
  -- The App that it belongs to.
  client_id text not null,
  access_token text not null,
  -- Null for an App whose user tokens do not expire.
  expires_at timestamptz,
  refresh_token text,
  -- Until then one process alone refreshes it.
  refreshing_until timestamptz
);

-- What GitHub last said that a person may read.
create table person_access (
  person_id bigint primary key references person (id) on delete cascade,
  -- Grows when an answer is stored or dropped: an older answer is not stored any more.
  version bigint not null default 0,
  -- Null if nothing is known, or what was known is not to be used any more.
  asked_at timestamptz,
  -- GitHub's numbers of the organisations that the person owns.
  owns bigint[] not null default '{}',
  -- ETags of the list of installations and of that of memberships.
  etags jsonb not null default '{}',
  -- Organisations that GitHub left out because their SAML session is not active: login and address.
  unseen jsonb not null default '[]'
);

create table person_installation (
  person_id bigint not null references person (id) on delete cascade,
  -- GitHub's number, as in `installation`.
  external_id text not null,
  account_id bigint not null,
  is_owner boolean not null,
  -- GitHub's numbers, in the order of the list, of which each ETag is a page.
  repositories bigint[] not null,
  etags text[] not null default '{}',
  primary key (person_id, external_id)
);

-- Sign-ins under way: each is good once, for ten minutes, in the browser that began it.
create table sign_in_attempt (
  -- sha256 of the state that GitHub hands back.
  hash bytea primary key,
  -- sha256 of what the cookie of the browser contains.
  browser bytea not null,
  return_to text not null,
  created_at timestamptz not null default now()
);

alter table session drop constraint session_method_check;
alter table session add constraint session_method_check check (method in ('operator_link', 'github'));
alter table session add column person_id bigint references person (id) on delete cascade;
alter table session add constraint session_person_check check ((method = 'github') = (person_id is not null));
-- Why it was ended, in words, if its browser did not ask for it.
alter table session add column ended_reason text;
create index session_person on session (person_id) where person_id is not null;

-- A token of a person reads what the person may read at that moment; the others are the operator's.
alter table api_token add column person_id bigint references person (id) on delete cascade;
alter table api_token add constraint api_token_person_check
  check (person_id is null or rights = 'read' and expires_at is not null);
-- Each person has names of their own.
drop index api_token_name;
create unique index api_token_name on api_token (coalesce(person_id, 0), name) where revoked_at is null;
create index api_token_person on api_token (person_id) where person_id is not null;
