-- What the cards show of ended runs, whatever the length of the history: the newest sync, and when the last
-- complete one ended. The indexes are on expressions, because nothing else has their order: for `order by id`,
-- PostgreSQL reads the primary key backwards, through all runs that are newer than the last one of an
-- installation that has long been idle.
create index run_sync on run (installation_id, (-id)) where mode <> 'targeted';
create index run_complete on run (installation_id, (finished_at - timestamptz 'epoch'))
  where mode <> 'targeted' and state in ('finished', 'finished_with_gaps');
