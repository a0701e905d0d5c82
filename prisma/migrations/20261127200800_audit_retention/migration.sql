-- The audit log is kept for a time. What is deleted is always its beginning, so that the rest stays a chain.

-- The last entry that was deleted: the first one that is kept follows it.
alter table audit_head
  add column deleted_id bigint not null default 0,
  add column deleted_hash bytea not null default '';

create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('whence.audit_retention', true) = 'on' then
    return null;
  end if;
  raise exception 'audit_entry is append-only: % is refused', tg_op;
end
$$;

-- Deletes at most `most` entries from the beginning of the log, up to the first one that is not older than
-- `cutoff`. Returns how many were deleted.
create function delete_old_audit_entries(cutoff timestamptz, most integer) returns integer
language plpgsql as $$
declare
  last audit_entry;
  deleted integer;
begin
  -- Before the entries are read, so that two processes do not delete at once.
  perform from audit_head for update;
  select a.* into last from (select * from audit_entry order by id limit most) a
    where a.at < cutoff and not exists (
      select from audit_entry young where young.id < a.id and young.at >= cutoff)
    order by a.id desc limit 1;
  if not found then return 0; end if;
  perform set_config('whence.audit_retention', 'on', true);
  delete from audit_entry where id <= last.id;
  get diagnostics deleted = row_count;
  perform set_config('whence.audit_retention', '', true);
  update audit_head set deleted_id = last.id, deleted_hash = last.hash;
  return deleted;
end
$$;
