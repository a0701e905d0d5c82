-- cache
select r.id from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where r.generation > 0 and (r.hidden_at is null and case when r.repository_id is null
      then r.installation_id = any(array(select own.id from installation own where own.active)) and true
      else exists (select from repository own
        where own.id = r.repository_id and own.hidden_at is null and own.installation_id = any(array(select own.id from installation own where own.active))) end) and ($1::text is null or p.name = $1 or d.scope = 'shared') and ($2::text is null or d.name = $2) order by r.id;

-- cache repo:acme/engine ref:main (of a viewer)
select r.id from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where r.generation > 0 and (r.hidden_at is null and case when r.repository_id is null
      then r.installation_id = any(array(select own.id from installation own where own.active)) and r.installation_id = any($3::bigint[])
      else exists (select from repository own
        where own.id = r.repository_id and own.id = any($4::bigint[]) and own.hidden_at is null and own.installation_id = any(array(select own.id from installation own where own.active))) end) and ($1::text is null or p.name = $1 or d.scope = 'shared') and ($2::text is null or d.name = $2) and lower(r.full_name) = any (array(select lower(one) from unnest($5::text[]) one)) and lower(r.branch) = any (array(select lower(one) from unnest($6::text[]) one)) order by r.id;

-- code lang:go path:src
select r.id from code_ref r join dataset d on d.id = r.dataset_id
       join project p on p.id = d.project_id
     where r.generation > 0 and (r.hidden_at is null and case when r.repository_id is null
      then r.installation_id = any(array(select own.id from installation own where own.active)) and true
      else exists (select from repository own
        where own.id = r.repository_id and own.hidden_at is null and own.installation_id = any(array(select own.id from installation own where own.active))) end) and ($1::text is null or p.name = $1 or d.scope = 'shared') and ($2::text is null or d.name = $2) and lower(r.full_name) = any (array(select lower(one) from unnest($3::text[]) one)) order by r.id;
