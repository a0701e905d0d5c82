-- The worker that claimed the batch: a lost lease means something else if this worker goes on.
alter table batch add column worker_id text;
