import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { changeDataset, type DatasetChange } from '#app/code/ingest/change-dataset.ts'
import { followRepositories } from '#app/code/ingest/follow-repositories.ts'
import { readDatasets } from '#app/code/ingest/read-datasets.ts'
import { reindexDue } from '#app/code/ingest/reindex.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { initialItems } from '#app/sync/window/initial-items.ts'
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
const scope = operatorScope()

const change = (dataset: string, wanted: DatasetChange) =>
  changeDataset(whence.pool, { scope, actor: 'operator' }, { project: 'core', dataset }, wanted)

/** Has the schedule of a dataset come due, and returns the jobs that it has since. */
async function reindex(dataset: string) {
  const before = await whence.jobs(dataset)
  await whence.pool.query(
    `update dataset set next_at = now() - interval '3 days' where name = $1`,
    [dataset],
  )
  await reindexDue(whence.looking)
  return (await whence.jobs(dataset)).slice(before.length)
}

async function settingsOf(dataset: string) {
  const [found] = await readDatasets(whence.pool, scope, { project: 'core', dataset })
  return found
}

test('a schedule asks for what has changed, and says so where nothing has', async () => {
  github.commit('acme/timed', FILES)
  github.commit('acme/timed', { 'b.c': 'int b;\n' }, 'next')
  for (const branch of ['main', 'next']) await whence.ingest('acme/timed', branch)
  const saved = await change('timed', { schedule: { every: 3_600 } })
  expect(saved.schedule).toMatchObject({ words: 'every hour' })
  expect(await reindex('timed')).toEqual([])
  expect(await settingsOf('timed')).toMatchObject({ outcome: 'Nothing had changed.' })
  github.commit('acme/timed', { 'c.c': 'int newest;\n' }, 'next')
  const [job, ...others] = await reindex('timed')
  expect([job?.branch, ...others]).toEqual(['next'])
  const settings = await settingsOf('timed')
  expect(settings?.outcome).toBe(`Requested job ${job?.id}.`)
  expect(Date.parse(settings?.schedule.nextAt ?? '')).toBeGreaterThan(Date.now() + 3_000_000)
  // The open job is joined.
  expect(await reindex('timed')).toEqual([])
  await whence.end('timed')
  github.changes.deleteBranch({ repository: 'acme/timed', branch: 'next' })
  expect(await reindex('timed')).toEqual([])
  expect((await settingsOf('timed'))?.outcome).toBe(
    'Nothing had changed. acme/timed has no branch next any more.',
  )
  expect(await change('timed', { schedule: { off: true } })).toMatchObject({
    schedule: { rule: { off: true }, nextAt: null },
  })
})

test('a repository that cannot be asked is told, and the schedule goes on', async () => {
  github.commit('acme/away', FILES)
  await whence.ingest('acme/away')
  await change('away', { schedule: { every: 60 } })
  github.intercept = (_, response) => {
    response.writeHead(404).end()
    return true
  }
  expect(await reindex('away')).toEqual([])
  github.intercept = null
  const settings = await settingsOf('away')
  expect(settings?.outcome).toContain('acme/away: The repository does not exist')
  expect(settings?.schedule.nextAt).not.toBeNull()
})

test('a repository that was renamed gets a job, which follows it', async () => {
  github.commit('acme/before', FILES)
  await whence.ingest('acme/before')
  await change('before', { schedule: { every: 60 } })
  github.intercept = ({ url = '' }, response) => {
    response.writeHead(301, { location: url.replace('before', 'after') }).end()
    return true
  }
  const [job] = await reindex('before')
  github.intercept = null
  expect(job).toMatchObject({ branch: 'main', state: 'queued' })
  expect((await settingsOf('before'))?.outcome).toBe(`Requested job ${job?.id}.`)
})

test('what cannot be is refused', async () => {
  github.commit('acme/odd', FILES)
  await whence.ingest('acme/odd')
  await expect(change('none', {})).rejects.toMatchObject({ kind: 'unknown' })
  await expect(change('odd', { onPush: true })).rejects.toMatchObject({ kind: 'invalid' })
  const schedule = { cron: 'x 3 * * *', timeZone: 'UTC' }
  await expect(change('odd', { schedule })).rejects.toMatchObject({ kind: 'invalid' })
})

test('a push to a repository of an installation is followed where that is wanted', async () => {
  const { pool } = whence
  github.commit('acme/pushed', FILES)
  await whence.ingest('acme/pushed')
  await pool.query(
    `with made as (
       insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
         is_archived, is_fork, created_at, updated_at, read_at, default_branch, pushed_at)
       select r.installation_id, 'R_pushed', 1, 'pushed', r.full_name, 'u', 'PUBLIC', false, false,
         now(), now(), now(), 'main', now() from code_ref r where full_name = 'acme/pushed' returning id)
     update code_ref set repository_id = made.id from made where full_name = 'acme/pushed'`,
  )
  const push = async () => {
    await pool.query(`update repository set pushed_at = now() where full_name = 'acme/pushed'`)
    await followRepositories(whence.looking)
    return (await whence.jobs('pushed')).length
  }
  github.commit('acme/pushed', { 'b.c': 'int b;\n' })
  expect(await push()).toBe(1)
  await change('pushed', { onPush: true })
  expect(await push()).toBe(2)
  await whence.end('pushed')
  expect(await push()).toBe(2)
})

test.each([
  ['first', -1],
  ['last', 1],
] as const)('work of a dataset with priority %s has its place', async (priority, step) => {
  const name = `rank-${priority}`
  github.commit(`acme/${name}`, FILES)
  await whence.ingest(`acme/${name}`)
  await change(name, { priority, schedule: { every: 60 } })
  github.commit(`acme/${name}`, { 'b.c': 'int b;\n' })
  const [job] = await reindex(name)
  await startQueuedRuns(whence.pool, initialItems, whence.looking.logger)
  const { rows } = await whence.pool.query<{ priority: number }>(
    'select priority from work_item where run_id = $1',
    [job?.id],
  )
  expect(rows).toEqual([{ priority: PRIORITY.schedule + step }])
})
