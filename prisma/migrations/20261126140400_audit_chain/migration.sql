-- The audit log is a chain: each entry has the hash of the one before it, so that a change shows.

alter table audit_entry
  add column previous_hash bytea not null default '',
  add column hash bytea not null default '';

-- The end of the chain. Whoever adds an entry holds this row until the end of the transaction, so that writers
-- of all processes make one chain.
create table audit_head (
  only_one boolean primary key default true check (only_one),
  entry_id bigint not null,
  hash bytea not null
);

-- What is hashed: one field a line, texts as JSON, which has no line breaks.
create function audit_content(entry audit_entry) returns text language sql stable as $$
  select concat_ws(chr(10), encode(entry.previous_hash, 'hex'), entry.id,
    to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), to_json(entry.actor),
    to_json(entry.action), coalesce(entry.installation_id::text, 'null'), to_json(entry.subject),
    entry.details)
$$;

create function audit_hash(entry audit_entry) returns bytea language sql stable as $$
  select sha256(convert_to(audit_content(entry), 'UTF8'))
$$;

create function chain_audit_entry() returns trigger language plpgsql as $$
declare
  head audit_head;
begin
  select * into strict head from audit_head for update;
  new.id := head.entry_id + 1;
  new.at := clock_timestamp();
  new.previous_hash := head.hash;
  new.hash := audit_hash(new);
  update audit_head set entry_id = new.id, hash = new.hash;
  return new;
end
$$;

-- The entries that were recorded before are chained as they are.
alter table audit_entry disable trigger audit_entry_append_only;
do $$
declare
  entry audit_entry;
  last_id bigint := 0;
  last_hash bytea := '';
begin
  for entry in select * from audit_entry order by id loop
    entry.previous_hash := last_hash;
    last_id := entry.id;
    last_hash := audit_hash(entry);
    update audit_entry set previous_hash = entry.previous_hash, hash = last_hash where id = entry.id;
  end loop;
  insert into audit_head (entry_id, hash) values (last_id, last_hash);
end
$$;
alter table audit_entry enable trigger audit_entry_append_only;

create trigger audit_entry_chain before insert on audit_entry
  for each row execute function chain_audit_entry();
