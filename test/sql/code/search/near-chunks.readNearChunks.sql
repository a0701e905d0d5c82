-- quote cache
select c.id, c.file_id as file,
       1 - (e.vector <=> $1::halfvec) as similarity
     from code_embedding e join code_chunk c on c.id = e.chunk_id
       join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
     where e.space_id = $2 and e.ref_id = any($3::bigint[]) and
        c.ref_id = any($4::bigint[]) and r.hidden_at is null and f.since <= r.generation and (f.until is null or f.until > r.generation)
     order by similarity desc, c.id limit 200;

-- cache lang:go path:src symbol:close
select c.id, c.file_id as file,
       1 - (e.vector <=> $1::halfvec) as similarity
     from code_embedding e join code_chunk c on c.id = e.chunk_id
       join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
     where e.space_id = $2 and e.ref_id = any($3::bigint[]) and
        c.ref_id = any($4::bigint[]) and r.hidden_at is null and f.since <= r.generation and (f.until is null or f.until > r.generation) and f.path ~* $5::text and lower(f.language) = any($6::text[]) and '.' || lower(c.symbol) like any($7::text[])
     order by similarity desc, c.id limit 200;
