-- code lang:go path:src
select r.full_name as "repository", r.branch as "branch", r.oid as "oid", f.path as "path", f.language as "language", c.start_line as "startLine", c.end_line as "endLine", c.symbol as "symbol", c.text as "text", c.ref_id as ref_key, c.id as chunk_key
         from code_chunk c join code_file f on f.id = c.file_id join code_ref r on r.id = c.ref_id
         where c.ref_id = any($4::bigint[]) and r.hidden_at is null and f.since <= r.generation and (f.until is null or f.until > r.generation) and f.path ~* $5::text and lower(f.language) = any($6::text[])
           and (c.ref_id, c.id) > ($1::bigint, $2::bigint)
         order by c.ref_id, c.id limit $3;
