import { operatorScope } from '#app/auth/scope.ts'
import { findByPath } from '#app/github/find-introducing.ts'
import { withDatabase } from './search/with-database.ts'
import { readCorpus } from './search/corpus.ts'
import { addInstallation } from '#test/rehearsal.ts'
import { addRepository } from '#test/github-rows.ts'
await withDatabase(async ({ database }) => {
  const { pool } = database
  const i = await addInstallation(database)
  const r = await addRepository(pool, i, 'a/b')
  await pool.query(`insert into pull_request (repository_id, node_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at)
     select $1, 'P' || n, n, 'A change', '', '', 'OPEN', false, 'NONE', now(), now(), 'main', '', 'topic', '', 1, 1, 1, now()
     from generate_series(1, 50000) n`, [r])
  const texts = readCorpus('../shared/data').filter((p) => p.kind === 'commit').map((p) => p.text)
  await pool.query(`insert into review_thread (node_id, repository_id, pull_request_id, path, diff_side, is_resolved, is_outdated, read_at)
    select 'T' || n, $1, p.id, 'src/part' || n % 97 || '/module' || n % 1009 || '/file' || n % 5003 || '.ts', 'RIGHT', true, false, now()
    from generate_series(1, 100000) n join pull_request p on p.number = 1 + n % 50000`, [r])
  await pool.query(`insert into commit (repository_id, oid, message, url, authored_at, committed_at, additions, deletions, read_at)
    select $1, md5(n::text), ($2::text[])[1 + n % $3] || case when n % 20 = 0 then ' see src/part' || n % 97 || '/x.ts' else '' end, '', now(), now(), 1, 1, now() from generate_series(1, 200000) n`, [r, texts, texts.length])
  await pool.query(`insert into pull_request_commit (pull_request_id, oid, position, read_at)
    select p.id, md5(n::text), n, now() from generate_series(1, 200000) n join pull_request p on p.number = 1 + n % 50000`)
  await pool.query('vacuum analyze')
  for (const path of ['src/part7/module12/file7.ts', 'file77.ts', 'src/part7', 'src', 'nothing/there.ts', 'x.ts']) {
    const times: number[] = []
    let n = 0
    for (let k = 0; k < 6; k++) { const b = performance.now(); n = (await findByPath(pool, operatorScope(), { path, repository: null, limit: 3 })).length; times.push(performance.now() - b) }
    console.log(path, n, times.map((t) => t.toFixed(0)).join(' '))
  }
  const { rows } = await pool.query(`explain analyze select c.oid from commit c where strpos(c.message, 'file77.ts') > 0`)
  console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n'))
})
process.exit(0)
