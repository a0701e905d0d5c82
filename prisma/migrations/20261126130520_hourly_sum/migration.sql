-- What was used and written in each hour, in UTC: statistics that cannot be made up for later.
create table hourly_sum (
  installation_id bigint not null references installation (id) on delete cascade,
  hour timestamptz not null,
  -- Of GitHub's GraphQL budget, as the answers show it: use by others of the same budget is included.
  points integer not null default 0,
  -- Written by the transform, changed or not.
  rows integer not null default 0,
  passages integer not null default 0,
  primary key (installation_id, hour)
);
