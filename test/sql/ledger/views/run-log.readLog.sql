-- log of a run after an entry
with one as (
       select r.*, i.account from run r join installation i on i.id = r.installation_id
       where r.id = $1 and r.installation_id = any($8::bigint[])
     ), event as (
       select e.at, 1 as source, e.id as number, e.kind, e.level, e.position::int as position, e.actor,
         e.message, e.detail, e.subject, e.payload, e.facts, e.until_at,
         case when e.kind = 'paused' then coalesce(e.ended_at, r.finished_at) end as ended_at,
         e.times, e.last_at
       from one r join run_event e on e.run_id = r.id
       where e.kind not in ('failed', 'gap', 'retried', 'waited') or false
       union all
       select s.first_item_at, 2, s.position, 'stage_started', 'info', s.position, null, null, null, null,
         null, jsonb_build_object('total', s.total), null, null, 1, s.first_item_at
       from one r join stage s on s.run_id = r.id
       where s.first_item_at is not null and s.total > 0
       union all
       select greatest(y.started_at, r.started_at), 3, y.id, 'repository_planned', 'info', null, null, null,
         null, o.full_name, null,
         jsonb_build_object('pulls', y.expected, 'since', case when y.since > to_timestamp(0) then y.since end),
         null, null, 1, y.started_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where false and o.id = any($9::bigint[]) and o.hidden_at is null and o.installation_id = any(array(select own.id from installation own where own.active))
       union all
       select y.closed_at, 4, y.id, 'repository_finished', 'info', null, null, null, null, o.full_name, null,
         jsonb_build_object('pulls', (select count(*) from snapshot s
           where s.repository_sync_id = y.id and s.state = 'complete')), null, null, 1, y.closed_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where y.closed_at is not null and false and o.id = any($10::bigint[]) and o.hidden_at is null and o.installation_id = any(array(select own.id from installation own where own.active))
     ), numbered as (
       select event.*, (extract(epoch from at) * 1000000)::bigint as micros from event
     )
     select n.micros || '-' || n.source || '-' || n.number as id, n.at, n.kind, n.level, n.position, n.actor,
       n.message, n.detail, n.subject, n.payload, n.facts, n.until_at, n.ended_at, n.times, n.last_at,
       r.account, r.mode, r.trigger, r.request
     from numbered n cross join one r
     where n.level = any($2::text[])
       and ($7::int[] is null or n.position = any($7))
       and (n.micros, n.source, n.number) > ($3::bigint, $4::int, $5::bigint)
     order by n.micros asc, n.source asc,
       n.number asc limit $6;

-- log of a run before an entry
with one as (
       select r.*, i.account from run r join installation i on i.id = r.installation_id
       where r.id = $1 and r.installation_id = any($8::bigint[])
     ), event as (
       select e.at, 1 as source, e.id as number, e.kind, e.level, e.position::int as position, e.actor,
         e.message, e.detail, e.subject, e.payload, e.facts, e.until_at,
         case when e.kind = 'paused' then coalesce(e.ended_at, r.finished_at) end as ended_at,
         e.times, e.last_at
       from one r join run_event e on e.run_id = r.id
       where e.kind not in ('failed', 'gap', 'retried', 'waited') or false
       union all
       select s.first_item_at, 2, s.position, 'stage_started', 'info', s.position, null, null, null, null,
         null, jsonb_build_object('total', s.total), null, null, 1, s.first_item_at
       from one r join stage s on s.run_id = r.id
       where s.first_item_at is not null and s.total > 0
       union all
       select greatest(y.started_at, r.started_at), 3, y.id, 'repository_planned', 'info', null, null, null,
         null, o.full_name, null,
         jsonb_build_object('pulls', y.expected, 'since', case when y.since > to_timestamp(0) then y.since end),
         null, null, 1, y.started_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where false and o.id = any($9::bigint[]) and o.hidden_at is null and o.installation_id = any(array(select own.id from installation own where own.active))
       union all
       select y.closed_at, 4, y.id, 'repository_finished', 'info', null, null, null, null, o.full_name, null,
         jsonb_build_object('pulls', (select count(*) from snapshot s
           where s.repository_sync_id = y.id and s.state = 'complete')), null, null, 1, y.closed_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where y.closed_at is not null and false and o.id = any($10::bigint[]) and o.hidden_at is null and o.installation_id = any(array(select own.id from installation own where own.active))
     ), numbered as (
       select event.*, (extract(epoch from at) * 1000000)::bigint as micros from event
     )
     select n.micros || '-' || n.source || '-' || n.number as id, n.at, n.kind, n.level, n.position, n.actor,
       n.message, n.detail, n.subject, n.payload, n.facts, n.until_at, n.ended_at, n.times, n.last_at,
       r.account, r.mode, r.trigger, r.request
     from numbered n cross join one r
     where n.level = any($2::text[])
       and ($7::int[] is null or n.position = any($7))
       and (n.micros, n.source, n.number) < ($3::bigint, $4::int, $5::bigint)
     order by n.micros desc, n.source desc,
       n.number desc limit $6;
