import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { chooseBranches, codeSetting, MOST_BRANCHES } from '#app/code/ingest/code-setting.ts'
import { followRepositories } from '#app/code/ingest/follow-repositories.ts'
import { queueIngest } from '#app/code/ingest/request-ingest.ts'
import { lookAgain } from '#app/code/ingest/watched-repositories.ts'
import { readFollowed } from '#app/code/views/followed.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openRequests } from '#test/support/code/open-requests.ts'

let github: CodeGithub
let whence: Awaited<ReturnType<typeof openRequests>>

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openRequests(github)
})
afterAll(async () => {
  await whence.close()
  await github.stop()
})

const FILES = { 'a.c': 'int a;\n' }

/** Creates an installation with a setting `code`, and what the copy knows of its repository. */
async function install(fullName: string, code: object): Promise<string> {
  const [account, name] = fullName.split('/')
  const { rows } = await whence.pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account, settings)
     values ('local', $1, $1, $2) returning id`,
    [account, JSON.stringify({ code })],
  )
  const id = rows[0]?.id as string
  await whence.pool.query(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at, default_branch, pushed_at)
     values ($1, 'R_' || $3, 1, $2, $3, 'u', 'PUBLIC', false, false, now(), now(), now(), 'main', now())`,
    [id, name, fullName],
  )
  return id
}

const follow = () => followRepositories(whence.looking)

/** Returns the branches of the jobs of a dataset, oldest first, and ends those that are open. */
async function branchesOf(dataset: string): Promise<string[]> {
  await whence.end(dataset)
  return (await whence.jobs(dataset)).map(({ branch }) => branch)
}

async function push(repository: string): Promise<void> {
  await whence.pool.query(
    'update repository set pushed_at = clock_timestamp() where full_name = $1',
    [repository],
  )
}

async function setCode(account: string, code: object): Promise<void> {
  await whence.pool.query(
    `update installation set settings = jsonb_set(settings, '{code}', $2) where account = $1`,
    [account, JSON.stringify(code)],
  )
}

/** Returns the branches that people can see. */
async function seenOf(installationId: string): Promise<string[]> {
  const { rows } = await whence.pool.query<{ branch: string }>(
    'select branch from code_ref where installation_id = $1 and dataset_id is not null order by branch',
    [installationId],
  )
  return rows.map(({ branch }) => branch)
}

test('the setting asks for what was pushed to, once for each push, and follows a rename', async () => {
  github.commit('own/own', FILES)
  const id = await install('own/own', { repositories: ['own', 'renamed'] })
  await follow()
  expect(await branchesOf('own')).toEqual(['main'])
  await push('own/own')
  await follow()
  expect(await branchesOf('own')).toEqual(['main'])
  github.commit('own/own', { 'b.c': 'int b;\n' })
  await push('own/own')
  await follow()
  expect(await branchesOf('own')).toEqual(['main', 'main'])
  github.commit('own/renamed', { 'c.c': 'int c;\n' })
  await whence.pool.query(
    `update repository set full_name = 'own/renamed', name = 'renamed', pushed_at = now()
     where installation_id = $1`,
    [id],
  )
  await follow()
  expect((await whence.jobs('own')).at(-1)).toMatchObject({ state: 'queued' })
  await whence.end('own')
  expect((await whence.jobs('own')).at(-1)?.oid).toBe(github.tip('own/renamed', 'main'))
})

test('a repository that the setting does not name is left alone', async () => {
  const id = await install('other/engine', { repositories: ['api-*'] })
  await follow()
  expect(await seenOf(id)).toEqual([])
  github.commit('other/engine', FILES)
  await setCode('other', { repositories: ['eng*'] })
  await follow()
  expect(await seenOf(id)).toEqual(['main'])
})

test('the branches that the setting names are ingested beside the default one', async () => {
  for (const branch of ['main', 'release/1', 'release/2/fixes', 'topic'])
    github.commit('lines/boat', { 'a.c': `int ${branch.length};\n` }, branch)
  await install('lines/boat', { repositories: ['*'], branches: ['release/*'] })
  await follow()
  expect(await branchesOf('boat')).toEqual(['main', 'release/1'])
  const branches = ['bo*:release/**', 'other:topic']
  await setCode('lines', { repositories: ['*'], branches })
  await follow()
  expect(await branchesOf('boat')).toEqual(['main', 'release/1', 'release/2/fixes'])
  await setCode('lines', { repositories: ['*'], branches: [...branches, 'lines/boat:to*'] })
  await follow()
  expect((await branchesOf('boat')).at(-1)).toBe('topic')
})

test('a branch that is deleted, or named no longer, is hidden at once with its jobs', async () => {
  const { pool } = whence
  for (const branch of ['main', 'old', 'kept', 'mine'])
    github.commit('gone/tide', { 'a.c': `int ${branch};\n` }, branch)
  const id = await install('gone/tide', { repositories: ['tide'], branches: ['old', 'kept'] })
  await follow()
  expect(await branchesOf('tide')).toEqual(['main', 'kept', 'old'])
  // A person's own branch in the same dataset.
  await pool.query(
    `insert into code_ref (dataset_id, installation_id, repository_id, full_name, branch)
     select dataset_id, installation_id, repository_id, full_name, 'mine' from code_ref
     where installation_id = $1 and branch = 'old'`,
    [id],
  )
  github.changes.deleteBranch({ repository: 'gone/tide', branch: 'old' })
  const { rows } = await pool.query<{ id: string }>(
    'select id from repository where installation_id = $1',
    [id],
  )
  await lookAgain(
    pool,
    rows.map((one) => one.id),
  )
  await follow()
  expect(await seenOf(id)).toEqual(['kept', 'main', 'mine'])
  github.commit('gone/tide', { 'c.c': 'int c;\n' }, 'kept')
  await push('gone/tide')
  await follow()
  expect((await whence.jobs('tide')).at(-1)).toMatchObject({ branch: 'kept', state: 'queued' })
  await setCode('gone', { repositories: ['tide'] })
  await follow()
  expect(await seenOf(id)).toEqual(['main', 'mine'])
  expect((await whence.jobs('tide')).at(-1)).toMatchObject({ state: 'cancelled' })
  await setCode('gone', { repositories: [] })
  await follow()
  expect(await seenOf(id)).toEqual(['main', 'mine'])
})

test('a branch that a person has ingested too stays', async () => {
  const { pool } = whence
  for (const branch of ['main', 'both', 'other'])
    github.commit('shared/reef', { 'a.c': `int ${branch};\n` }, branch)
  const id = await install('shared/reef', { repositories: ['reef'], branches: ['*'] })
  await follow()
  await whence.end('reef')
  const { rows } = await pool.query<{ id: string }>(
    'select id from repository where installation_id = $1',
    [id],
  )
  const tenant = { installationId: id, repositoryId: rows[0]?.id ?? null, hasCredentials: true }
  const found = { fullName: 'shared/reef', branch: 'both', wantedOid: null, oid: null }
  const by = { scope: operatorScope(), actor: 'operator', trigger: 'manual' as const }
  const dataset = { project: 'shared', dataset: 'reef', scope: 'project' as const }
  await transaction(pool, (tx) => queueIngest(tx, by, { ...dataset, tenant, found, maxRetries: 5 }))
  await setCode('shared', { repositories: ['reef'] })
  await follow()
  expect(await seenOf(id)).toEqual(['both', 'main'])
})

test('several pushes are one job that waits, and the last push wins', async () => {
  await install('busy/bee', { repositories: ['bee'] })
  for (const round of [1, 2, 3]) {
    github.commit('busy/bee', { 'a.c': `int round${round};\n` })
    await push('busy/bee')
    await follow()
  }
  await whence.end('bee')
  expect(await whence.jobs('bee')).toMatchObject([{ oid: github.tip('busy/bee', 'main') }])
})

test('a repository that cannot be asked keeps its code, and says why', async () => {
  const { pool } = whence
  github.commit('shut/door', FILES)
  const id = await install('shut/door', { repositories: ['door'] })
  await follow()
  await whence.end('door')
  github.intercept = ({ url = '' }, response) => {
    if (!url.startsWith('/shut/')) return false
    response.writeHead(404).end()
    return true
  }
  await push('shut/door')
  await follow()
  github.intercept = null
  const { notices } = await readFollowed(pool, operatorScope(), id)
  expect(notices).toMatchObject([
    { repository: 'shut/door', text: expect.stringContaining('does not exist') },
  ])
  expect(await seenOf(id)).toEqual(['main'])
  // Not asked again at once.
  await follow()
  expect(await readFollowed(pool, operatorScope(), id)).toMatchObject({ notices: [{}] })
})

test('of too many branches the last ones are ingested, and the settings say so', async () => {
  github.commit('many/leaves', FILES)
  for (let n = 1; n <= 23; n++) github.commit('many/leaves', {}, `release/${n}`)
  const code = { repositories: ['leaves'], branches: ['release/*'] }
  const id = await install('many/leaves', code)
  await follow()
  const seen = await seenOf(id)
  expect(seen).toHaveLength(MOST_BRANCHES + 1)
  expect(seen).toContain('release/23')
  expect(seen).not.toContain('release/3')
  const { notices } = await readFollowed(whence.pool, operatorScope(), id)
  expect(notices).toMatchObject([{ text: expect.stringMatching(/^23 branches match, .*last 20/) }])
})

test('patterns of branches match whole names, by the parts between slashes', () => {
  const names = ['release/10', 'release/9', 'release/9/fix', 'prerelease/9', 'a']
  const choose = (...patterns: string[]) => chooseBranches(names, patterns).branches
  expect(choose('release/*')).toEqual(['release/9', 'release/10'])
  expect(choose('release/**')).toEqual(['release/9', 'release/9/fix', 'release/10'])
  expect(choose('?', 'release/9')).toEqual(['a', 'release/9'])
  expect(choose()).toEqual([])
})

test.each([
  '',
  'a b',
  '/main',
  'main/',
  'a..b',
  '-x',
  'a^',
  'x'.repeat(300),
  'api:',
  ':main',
  'a:b:c',
])('a setting with the branch %j is refused', (branch) => {
  expect(codeSetting.safeParse({ branches: [branch] }).success).toBe(false)
})
