-- cache
-- repo:acme/engine OR cache
select r.id from repository r
     where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active));

-- cache (of a viewer)
select r.id from repository r
     where r.id = any($1::bigint[]) and r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active));

-- repo:acme/engine cache
select r.id from repository r
     where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and (lower(r.full_name) = any (array(select lower(one) from unnest($1::text[]) one)));

-- org:acme -repo:tideline cache
select r.id from repository r
     where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and lower(split_part(r.full_name, '/', 1)) = any (array(select lower(one) from unnest($1::text[]) one)) and ((lower(r.name) = any (array(select lower(one) from unnest($2::text[]) one)))) is not true;

-- (repo:acme/engine label:bug) OR org:tideline cache
select r.id from repository r
     where r.hidden_at is null and r.installation_id = any(array(select own.id from installation own where own.active)) and ((lower(r.full_name) = any (array(select lower(one) from unnest($1::text[]) one))) or lower(split_part(r.full_name, '/', 1)) = any (array(select lower(one) from unnest($2::text[]) one)));
