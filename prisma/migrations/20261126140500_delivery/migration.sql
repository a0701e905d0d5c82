-- A delivery of GitHub's webhook: the ids that say what to read again, and no text of anybody. A worker that
-- handles it holds it by `lease` until `not_before`.
create table delivery (
  -- GitHub's GUID of the event, which a redelivery keeps.
  id text primary key,
  event text not null,
  action text,
  -- GitHub's numbers, from the payload.
  installation text,
  repository bigint,
  facts jsonb not null,
  received_at timestamptz not null default clock_timestamp(),
  state text not null default 'pending' check (state in ('pending', 'handled', 'ignored', 'failed')),
  -- What became of it, in a sentence.
  outcome text,
  attempts smallint not null default 0,
  lease integer not null default 0,
  not_before timestamptz not null default clock_timestamp(),
  handled_at timestamptz
);
create index delivery_pending on delivery (not_before) where state = 'pending';
create index delivery_received on delivery (received_at desc, id);

-- Finds the pull requests of a commit that a check or a push names.
create index pull_request_head on pull_request (repository_id, head_ref_oid) where deleted_at is null;
