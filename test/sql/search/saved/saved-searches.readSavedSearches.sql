-- saved searches
select s.id, s.name, s.query, s.mode, s.type, i.account as shared_with,
       case when i.id is not null then p.login end as shared_by,
       s.person_id is null or coalesce(true, false) as is_own
     from saved_search s left join installation i on i.id = s.installation_id
       left join person p on p.id = s.person_id
     where (s.installation_id is null and s.person_id is null) or exists (
       select from repository r where r.installation_id = s.installation_id and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)))
     order by lower(s.name), s.id;

-- saved searches of a person
select s.id, s.name, s.query, s.mode, s.type, i.account as shared_with,
       case when i.id is not null then p.login end as shared_by,
       s.person_id = $1::bigint or coalesce(i.id = any($2::bigint[]), false) as is_own
     from saved_search s left join installation i on i.id = s.installation_id
       left join person p on p.id = s.person_id
     where (s.installation_id is null and s.person_id = $3::bigint) or exists (
       select from repository r where r.installation_id = s.installation_id and r.id = any($4::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)))
     order by lower(s.name), s.id;
