-- An item also waits while the database is locked, busy or away; that uses no attempt.
alter table work_item drop constraint work_item_reason_check;
alter table work_item add constraint work_item_reason_check
  check (reason in ('rate_limit', 'provider', 'retrying', 'database'));
