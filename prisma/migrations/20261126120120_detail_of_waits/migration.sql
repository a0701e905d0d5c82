-- What GitHub or the provider answered, beside the plain words of `message` and `pause_reason`.
alter table work_item add column detail text;
alter table github_budget add column pause_detail text;
