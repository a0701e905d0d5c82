import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'
import { fileNode, listOf, pullRequestNode } from '#test/support/nodes.ts'
import { addRun, type Store, takeAndTransform } from '#test/support/records.ts'

let github: CodeGithub
let whence: Awaited<ReturnType<typeof openCodeWhence>>
let store: Store
let repositoryId: string
let base: string

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openCodeWhence(github)
  const { pool } = whence
  base = github.commit('acme/engine', { 'src/a.c': 'int a;\n', 'src/b.c': 'int b;\n'.repeat(20) })
  await whence.ingest('acme/engine')
  const { rows } = await pool.query<{ id: string; installationId: string }>(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at)
     select r.installation_id, 'R_engine', 1, 'engine', 'acme/engine', 'u', 'PUBLIC', false, false,
       now(), now(), now() from code_ref r returning id, installation_id`,
  )
  const { id, installationId } = rows[0] as (typeof rows)[number]
  repositoryId = id
  await pool.query('update code_ref set repository_id = $1', [id])
  const runId = await addRun(pool, installationId)
  store = { pool, installationId, runId, [Symbol.asyncDispose]: whence.close }
})
beforeEach(() => whence.pool.query('truncate pull_request, snapshot, gap cascade'))
afterAll(async () => {
  await whence.close()
  await github.stop()
})

/** Pushes a branch that renames a file and adds a line to it. @returns its head. */
function push(branch: string): string {
  github.commit('acme/engine', {})
  const files = { 'src/b.c': null, 'lib/b.c': `${'int b;\n'.repeat(20)}int c;\n` }
  return github.commit('acme/engine', files, branch)
}

function take(startedAt: string, given: Partial<PullRequestNode>) {
  const node = pullRequestNode({ changedFiles: 1, baseRefOid: base, ...given })
  return takeAndTransform(store, repositoryId, node, { startedAt: new Date(startedAt) })
}

async function stored() {
  const files = await whence.pool.query(
    'select path, previous_path, change_type, additions, deletions from pull_request_file order by place',
  )
  const states = await whence.pool.query<{ list: object }>(
    `select completeness -> 'files' as list from pull_request`,
  )
  return { files: files.rows, list: states.rows[0]?.list }
}

test('git lists what GitHub was not asked for, and the list stays as long as the head does', async () => {
  const head = push('one')
  await take('2026-03-01', { headRefOid: head })
  expect(await stored()).toMatchObject({ files: [], list: { state: 'unknown' } })
  await whence.ingest('acme/engine')
  const expected = {
    files: [
      {
        ...{ path: 'lib/b.c', previousPath: 'src/b.c', changeType: 'RENAMED' },
        ...{ additions: 1, deletions: 0 },
      },
    ],
    list: { total: 1, stored: 1, state: 'complete', source: 'git', head },
  }
  expect(await stored()).toEqual(expected)
  const same = { headRefOid: head, title: 'Renamed' }
  await take('2026-03-02', same)
  await take('2026-03-03', { ...same, files: listOf([fileNode(1)]) })
  await whence.ingest('acme/engine')
  expect(await stored()).toEqual(expected)
})

test('another head has another list: first of GitHub, then of git', async () => {
  await take('2026-03-01', { headRefOid: push('two') })
  await whence.ingest('acme/engine')
  const text = `${'int b;\n'.repeat(20)}int c;\nint d;\n`
  const head = github.commit('acme/engine', { 'lib/b.c': text }, 'two')
  await take('2026-03-02', { headRefOid: head, files: listOf([fileNode(7)]) })
  expect(await stored()).toMatchObject({
    files: [{ path: 'src/file-7.ts' }],
    list: { state: 'complete', source: 'github', head },
  })
  await whence.ingest('acme/engine')
  expect(await stored()).toMatchObject({
    files: [{ path: 'lib/b.c', additions: 2 }],
    list: { state: 'complete', source: 'git', head },
  })
})

test('where git counts otherwise than GitHub, a complete list of GitHub stays', async () => {
  const headRefOid = push('three')
  const files = listOf([fileNode(1), fileNode(2)])
  await take('2026-03-01', { headRefOid, changedFiles: 2, files })
  const before = await stored()
  await whence.ingest('acme/engine')
  expect(await stored()).toEqual(before)
  await whence.pool.query('truncate pull_request, snapshot cascade')
  await take('2026-03-02', { headRefOid, changedFiles: 2 })
  await whence.ingest('acme/engine')
  expect(await stored()).toMatchObject({
    files: [{ path: 'lib/b.c' }],
    list: {
      ...{ total: 2, stored: 1, state: 'incomplete', settled: true },
      reason: 'git lists 1 changed files, and GitHub counts 2',
    },
  })
})

test('a head that the clone does not have is left to GitHub', async () => {
  await take('2026-03-01', { headRefOid: 'e'.repeat(40) })
  const job = await whence.ingest('acme/engine')
  expect(job.overall).toBe('finished')
  expect(await stored()).toMatchObject({ files: [], list: { state: 'unknown' } })
})
