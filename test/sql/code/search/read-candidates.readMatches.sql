-- quote cache
with found as materialized (
       select c.id, c.file_id, c.length, array[case when c.words @@ $2::tsquery then 8 * ts_rank_cd('{0.125, 0, 0.375, 1}', c.words, $2::tsquery) else 0 end,case when c.words @@ $3::tsquery then 8 * ts_rank_cd('{0.125, 0, 0.375, 1}', c.words, $3::tsquery) else 0 end] as counts,
         (f.path ~* $4::text)::int as is_demoted
       from code_chunk c join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
       where c.words @@ $1::tsquery and c.ref_id = any($5::bigint[]) and r.hidden_at is null and f.since <= r.generation and (f.until is null or f.until > r.generation)
       limit 6000)
     select array_to_string(array_agg(id), ',') as ids, array_to_string(array_agg(file_id), ',') as files, array_to_string(array_agg(is_demoted), ',') as demoted,
       array_to_string(array_agg(length), ',') as lengths, array_to_string(array_agg(counts), ',') as counts
     from found;

-- cache lang:go path:src/*.go symbol:Pool.close
with found as materialized (
       select c.id, c.file_id, c.length, array[case when c.words @@ $2::tsquery then 8 * ts_rank_cd('{0.125, 0, 0.375, 1}', c.words, $2::tsquery) else 0 end] as counts,
         (f.path ~* $3::text)::int as is_demoted
       from code_chunk c join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
       where c.words @@ $1::tsquery and c.ref_id = any($4::bigint[]) and r.hidden_at is null and f.since <= r.generation and (f.until is null or f.until > r.generation) and f.path ~* $5::text and lower(f.language) = any($6::text[]) and '.' || lower(c.symbol) like any($7::text[])
       limit 6000)
     select array_to_string(array_agg(id), ',') as ids, array_to_string(array_agg(file_id), ',') as files, array_to_string(array_agg(is_demoted), ',') as demoted,
       array_to_string(array_agg(length), ',') as lengths, array_to_string(array_agg(counts), ',') as counts
     from found;
