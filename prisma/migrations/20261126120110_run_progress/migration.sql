-- How far a run is, in percent of a total that is known. It only rises: app/ledger/progress.ts.
alter table run
  add column progress smallint not null default 0 check (progress between 0 and 99),
  add column total_known boolean not null default false;
