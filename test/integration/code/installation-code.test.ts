/** The code of an installation, from a push to a search: over smart HTTP, with the tokens of the App. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { findPullRequests } from '#app/code/history/find-pull-requests.ts'
import { followRepositories } from '#app/code/ingest/follow-repositories.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { requestIngest } from '#app/code/ingest/request-ingest.ts'
import { requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { findCode } from '#app/code/search/find-code.ts'
import { readFollowed } from '#app/code/views/followed.ts'
import { openGithub } from '#app/github/client.ts'
import { matchesAny } from '#app/sync/settings/repository-filter.ts'
import { openCode } from '#server/services/code.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'
import { openSync } from '#test/support/sync.ts'
import { receiveWebhooks } from '#test/support/webhooks/receive-webhooks.ts'

/** A private repository that tests create and change. */
const VAULT = 'saltmarsh/vault'
const scope = operatorScope()

let standIn: StandIn
let sync: Awaited<ReturnType<typeof openSync>>
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>

beforeAll(async () => {
  standIn = await startStandIn({ sources: [{ kind: 'demo' }] })
  sync = await openSync(standIn, 'app', { config: { GITHUB_WEB_URL: standIn.url } })
  webhooks = await receiveWebhooks(standIn, sync.services)
  await sync.pool.query(
    `update installation set settings = settings || '{"code": {"repositories": ["*"]}}'`,
  )
  await sync.sync({ mode: 'full' })
  await ingested()
}, 180_000)
afterAll(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

/** Handles what the webhooks told, and ingests what was pushed to, as happens every ten seconds. */
async function ingested(): Promise<void> {
  await webhooks.settled()
  const { pool, services } = sync
  const code = openCode({ ...services, pool })
  await followRepositories({ ...code, pool, logger: services.logger, matches: matchesAny })
  await webhooks.settled()
}

/** Requests an ingest of the vault as a person does. @returns the id of the job. */
async function request(branch: string): Promise<string> {
  const { pool, services } = sync
  const github = openGithub({ ...services, pool })
  const asking = openIngest({ pool, config: services.config, github })
  const by = { scope, actor: 'operator', trigger: 'manual' } as const
  const { jobId } = await requestIngest(
    asking,
    by,
    'saltmarsh',
    requestedIngest.parse({ repo: VAULT, branch }),
  )
  return jobId
}

async function find(text: string, repository: string): Promise<string[]> {
  const found = await findCode(sync.pool, scope, { text, limit: 10, repository })
  return found.map(({ path }) => path)
}

/** Returns the commit by repository and branch. */
async function tips(): Promise<Record<string, string>> {
  const { rows } = await sync.pool.query<{ place: string; oid: string }>(
    `select full_name || ' ' || branch as place, oid from code_ref order by place`,
  )
  return Object.fromEntries(rows.map(({ place, oid }) => [place, oid]))
}

/** Returns the numbers of the pull requests that brought the newest commit. */
async function pullsOf(repository: string): Promise<number[]> {
  const { rows } = await sync.pool.query<{ id: ReadableRepositoryId }>(
    'select id from repository where full_name = $1',
    [repository],
  )
  const asked = {
    repositoryId: rows[0]?.id as ReadableRepositoryId,
    oids: [tipOf(repository) ?? ''],
  }
  const [origin] = await findPullRequests(sync.pool, scope, asked)
  return origin?.pullRequests.map(({ number }) => number) ?? []
}

function refsOf(repository: string): Map<string, string> {
  return standIn.world.names.get(repository)?.code?.refs ?? new Map()
}

const tipOf = (repository: string) => refsOf(repository).get('refs/heads/main')

const rust = (name: string) => `pub fn ${name}() -> u32 {\n    40\n}\n`

test('a sync brings the code of its repositories, public and private', async () => {
  expect(await tips()).toEqual({
    'saltmarsh/gangway main': tipOf('saltmarsh/gangway'),
    'saltmarsh/quay main': tipOf('saltmarsh/quay'),
    'saltmarsh/tideline main': tipOf('saltmarsh/tideline'),
  })
  expect(await find('jittered delay', 'saltmarsh/quay')).toContain('src/retry.ts')
  expect(await find('crew within its hours', 'saltmarsh/tideline')).toContain('src/plan.rs')
  expect(await find('verify ticket signature', 'saltmarsh/gangway')).toContain('app/scan/verify.ts')
})

test('a merge arrives by webhook, and its code is found', async () => {
  const repository = 'saltmarsh/gangway'
  expect(await find('best paragraph', repository)).not.toContain('server/answers.ts')
  standIn.changes.merge({ pull: `${repository}#33`, by: 'priya-raman', method: 'rebase' })
  await ingested()
  expect(await find('best paragraph', repository)).toContain('server/answers.ts')
  expect(await tips()).toMatchObject({ [`${repository} main`]: tipOf(repository) })
  const { rows } = await sync.pool.query(
    `select p.state, p.merge_commit = $1 as is_merged from pull_request p
     where p.number = 33 and p.title = 'Search our own answers first'`,
    [tipOf(repository)],
  )
  expect(rows).toEqual([{ state: 'MERGED', isMerged: true }])
  expect(await pullsOf(repository)).toEqual([33])
})

test('a push arrives by webhook, and what it deleted is not found', async () => {
  const repository = 'saltmarsh/tideline'
  const files = { 'src/fog.rs': rust('visibility_in_fog'), 'src/crew.rs': null }
  standIn.changes.commit({ repository, files, message: 'Slow down in fog', by: 'kenji-watts' })
  await ingested()
  expect(await find('visibility in fog', repository)).toContain('src/fog.rs')
  expect(await find('crew within its hours', repository)).not.toContain('src/crew.rs')
})

test('an empty repository has no code until the first push', async () => {
  standIn.changes.createRepository({ repository: VAULT, visibility: 'PRIVATE' })
  standIn.changes.emptyRepository({ repository: VAULT })
  await ingested()
  expect(await tips()).not.toHaveProperty([`${VAULT} main`])
  await expect(request('main')).rejects.toMatchObject({ kind: 'unknown' })
  standIn.changes.commit({ repository: VAULT, files: { 'src/lock.rs': rust('close_the_lock') } })
  await ingested()
  expect(await find('close the lock', VAULT)).toEqual(['src/lock.rs'])
})

test('tags with the names of the branch and of HEAD mislead nobody, nor does a force-push', async () => {
  const refs = refsOf(VAULT)
  const old = tipOf(VAULT) as string
  for (const tag of ['main', 'HEAD']) refs.set(`refs/tags/${tag}`, old)
  const files = { 'src/hinge.rs': rust('oil_the_hinge') }
  standIn.changes.commit({ repository: VAULT, files })
  await ingested()
  expect(await find('oil the hinge', VAULT)).toEqual(['src/hinge.rs'])
  const forced = standIn.changes.commit({
    ...{ repository: VAULT, onto: old },
    files: { 'src/key.rs': rust('turn_the_key') },
  })
  await ingested()
  expect(await find('oil the hinge', VAULT)).toEqual([])
  expect(await find('turn the key', VAULT)).toEqual(['src/key.rs'])
  expect(await tips()).toMatchObject({ [`${VAULT} main`]: forced.oid })
})

test('a branch that is deleted fails its job, and the next request is refused', async () => {
  const topic = { repository: VAULT, branch: 'topic/rust' }
  const { oid } = standIn.changes.commit({
    ...topic,
    files: { 'src/rust.rs': rust('scrape_off_rust') },
  })
  await sync.ended(await request(topic.branch))
  expect(await tips()).toMatchObject({ [`${VAULT} topic/rust`]: oid })
  standIn.changes.commit({ ...topic, files: { 'src/paint.rs': rust('paint_it') } })
  const jobId = await request(topic.branch)
  standIn.changes.deleteBranch(topic)
  const job = await sync.ended(jobId)
  expect(job).toMatchObject({ overall: 'failed', error: expect.stringContaining('topic/rust') })
  expect(await find('scrape off rust', VAULT)).toEqual(['src/rust.rs'])
  await expect(request(topic.branch)).rejects.toMatchObject({ kind: 'unknown' })
})

test('a token that may not read the code is told with the reason, and the next push is read', async () => {
  const contents = { account: 'saltmarsh', permission: 'contents' } as const
  const push = (name: string) =>
    standIn.changes.commit({ repository: VAULT, files: { [`src/${name}.rs`]: rust(name) } })
  const { oid } = push('seal_the_door')
  standIn.changes.setPermission({ ...contents, level: null })
  await ingested()
  const { rows } = await sync.pool.query<{ id: string }>('select id from installation')
  const { notices } = await readFollowed(sync.pool, scope, rows[0]?.id ?? '')
  const refused = notices.find((notice) => notice.repository === VAULT)?.text
  expect(refused).toContain('does not exist, or this credential may not read it')
  expect(refused).toContain("'Contents: read'")
  expect(refused).not.toContain('ghs_')
  expect(await find('turn the key', VAULT)).toEqual(['src/key.rs'])
  standIn.changes.setPermission({ ...contents, level: 'read' })
  push('open_the_door')
  await ingested()
  expect(await find('seal the door', VAULT)).toContain('src/seal_the_door.rs')
  expect(await tips()).not.toMatchObject({ [`${VAULT} main`]: oid })
})

test('tokens that expired early are replaced', async () => {
  const [installation] = standIn.world.installations.keys()
  const body = JSON.stringify({ installation })
  await fetch(`${standIn.url}/_stand-in/tokens/expire`, { method: 'POST', body })
  standIn.changes.commit({ repository: VAULT, files: { 'src/bolt.rs': rust('shoot_the_bolt') } })
  await ingested()
  expect(await find('shoot the bolt', VAULT)).toEqual(['src/bolt.rs'])
})

test('without a credential, what is private is unknown, and what is public is read', async () => {
  const whence = await openCodeWhence(standIn)
  await expect(whence.request(VAULT)).rejects.toMatchObject({ kind: 'unknown' })
  expect(await whence.ingest('saltmarsh/quay')).toMatchObject({ overall: 'finished', error: null })
  await whence.close()
})
