import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPORTS } from '#app/api/export-request.ts'
import { findByCommit, findByPath } from '#app/archive/introducing.ts'
import { readPull } from '#app/archive/pull-requests.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { openReaders, type ReaderFor } from '#app/auth/readers.server.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { findPullRequests } from '#app/code/history/find-pull-requests.ts'
import { embedPassages } from '#app/embeddings/embed-passages.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { ensureSpace } from '#app/embeddings/spaces.ts'
import type { Passage } from '#app/embeddings/vectors.ts'
import { readConversations, readRows, refuseUnknown } from '#app/exports/read-rows.ts'
import { readBudgets } from '#app/github/budgets.ts'
import { readAllJobs, readJobs, readVersions } from '#app/ledger/views/jobs.ts'
import { countOpenStages, oldestPending } from '#app/ledger/views/metrics.server.ts'
import { readLog } from '#app/ledger/views/run-log.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { readProgress } from '#app/sync/status/progress.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { noteListed } from '#app/sync/window/known-repositories.ts'
import { readVerifiedRepositories } from '#app/verify/stored.ts'
import { findIngested } from '#app/why/find-ingested.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { layCode } from '../support/code/lay-code.ts'
import { addPull, addRepository, insert } from '../support/laid-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { openSearchOf } from '../support/search/search-of.ts'

const AT = '2026-01-02T00:00:00Z'
const OID = '0123456789abcdef0123456789abcdef01234567'
const PATH = 'src/quokka.ts'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let readerFor: ReaderFor
let installation: string
let other: string
let repository: string
let runId: string

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  readerFor = openReaders(opened.services.database)
  installation = await addInstallation(opened.services.database)
  other = await addInstallation(opened.services.database)
  repository = await layConversation()
  await embed()
  runId = await layRun(repository)
})
afterAll(() => opened.close())

/** Adds one row of everything that is read for a repository, of which only a part is copied. */
async function layConversation(): Promise<string> {
  const repository_id = await addRepository(db, installation, 'acme/zoo', {
    ...{ pull_requests: 9, synced_from: '2025-01-01T00:00:00Z', synced_until: AT },
  })
  const pull_request_id = await addPull(db, repository_id, 7, { merge_commit: OID })
  await insert(db, 'check_list', {
    ...{ repository_id, node_id: `PR_${repository_id}_7`, head_oid: 'h0', total: 1, read_at: AT },
    contexts: JSON.stringify([{ __typename: 'StatusContext', context: PATH, state: 'SUCCESS' }]),
  })
  const of = { repository_id, pull_request_id, read_at: AT }
  const changed = { path: PATH, change_type: 'ADDED', additions: 1, deletions: 0 }
  await insert(db, 'pull_request_file', { ...of, ...changed, place: 0 })
  const times = { created_at: AT, updated_at: AT }
  const said = { ...of, ...times, author_association: 'NONE', body: 'quokka', url: 'https://u' }
  await insert(db, 'comment', { ...said, node_id: 'C' })
  await insert(db, 'review', { ...said, node_id: 'V', state: 'APPROVED', submitted_at: AT })
  const thread = { node_id: 'T', path: PATH, diff_side: 'RIGHT' }
  await insert(db, 'review_thread', { ...of, ...thread, is_resolved: false, is_outdated: false })
  const place = { thread_id: 'T', review_id: 'V', path: PATH, diff_hunk: '' }
  await insert(db, 'review_comment', { ...said, ...place, node_id: 'RC' })
  await insert(db, 'commit', {
    ...{ repository_id, oid: OID, message: `Add ${PATH}`, url: 'https://u', read_at: AT },
    ...{ authored_at: AT, committed_at: AT, additions: 1, deletions: 0 },
  })
  await layCode(db, { installation, repository: repository_id, fullName: 'acme/zoo', files: {} })
  await insert(db, 'pull_request_commit', { pull_request_id, oid: OID, position: 1, read_at: AT })
  const alike = await addPull(db, repository_id, 6)
  for (const pull of [pull_request_id, alike, null])
    await insert(db, 'passage', {
      ...{ repository_id, pull_request_id: pull, kind: pull ? 'description' : 'repository' },
      ...{ source_id: 's', part: 0, text: 'The quokka', tokens: 3, content_hash: Buffer.of(1) },
      ...{ url: 'https://u', created_at: AT, read_at: AT },
    })
  await insert(db, 'gap', {
    ...{ repository_id, kind: 'pull_request', node_id: 'PR_8', name: 'acme/zoo#8' },
    ...{ reason: 'GitHub timed out', next_try_at: AT },
  })
  return repository_id
}

async function embed(): Promise<void> {
  const { signal } = new AbortController()
  await fillWords(db, signal)
  const provider = hashProvider()
  const { id: spaceId } = await ensureSpace(db, provider)
  const { rows } = await db.query<Passage>('select id, content_hash, text, tokens from passage')
  await embedPassages({ pool: db, provider, spaceId, signal }, rows)
  await db.query('update embedding_space set filled_at = now()')
}

/** Adds a running run with a failed, a claimed and a pending item. */
async function layRun(repository_id: string): Promise<string> {
  const state = { installation_id: installation, mode: 'full', trigger: 'cli', state: 'running' }
  const run_id = await insert(db, 'run', { ...state, request: '{}', started_at: AT })
  const place = { run_id, position: 1 }
  await insert(db, 'stage', {
    ...{ ...place, step: 'github_repositories', stage: 'extraction', upstream: [] },
    ...{ total: 3, failed: 1, first_item_at: AT },
  })
  const item = (key: string, more: object) =>
    insert(db, 'work_item', { ...place, key, priority: 3, ...more })
  await item('failed', { state: 'failed', subject: 'acme/zoo#1', message: 'acme/zoo#1 is torn' })
  const hand = await item('hand', { state: 'pending', subject: 'acme/zoo#2' })
  await item('waits', { state: 'pending' })
  await insert(db, 'batch', {
    ...place,
    priority: 3,
    weight: 1,
    items: [hand],
    state: 'running',
    until: '2100-01-01T00:00:00Z',
  })
  const repositorySync = {
    run_id,
    repository_id,
    since: '2025-01-01T00:00:00Z',
    reached: '2025-01-01T00:00:00Z',
  }
  await insert(db, 'repository_sync', {
    ...repositorySync,
    started_at: AT,
    expected: 9,
    open_parts: 1,
  })
  await insert(db, 'github_budget', { installation_id: installation, resource: 'graphql' })
  await insert(db, 'schedule', {
    ...{ installation_id: installation, mode: 'full', rule: '{}', next_at: AT },
  })
  return run_id
}

async function countOf(rows: AsyncGenerator<unknown>): Promise<number> {
  let count = 0
  for await (const _ of rows) count += 1
  return count
}

async function found(scope: Scope, query: string, mode: SearchMode): Promise<number> {
  const search = openSearchOf(db, { EMBEDDING_PROVIDER: 'hash' })
  const { hits, total, facets } = await search(scope, { query, mode, limit: 10 })
  const counted = Object.values(facets).flat()
  expect([total.count > 0, counted.length > 0]).toEqual([hits.length > 0, hits.length > 0])
  return hits.length
}

/** Number of results from each way of reading copied data. */
const COPIED: Record<string, (scope: Scope) => Promise<number>> = {
  'a keyword search': (scope) => found(scope, 'quokka', 'keyword'),
  'a semantic search': (scope) => found(scope, 'quokka', 'semantic'),
  'a search by qualifiers': (scope) => found(scope, 'repo:acme/zoo', 'keyword'),
  'a search for similar pull requests': (scope) => found(scope, 'similar:acme/zoo#7', 'keyword'),
  'a pull request': async (scope) =>
    (await readPull(db, scope, { fullName: 'acme/zoo', number: 7 })) ? 1 : 0,
  repositories: async (scope) =>
    (await readRepositories(db, scope, { limit: 9 })).repositories.length,
  'the search for a commit': async (scope) =>
    (await findByCommit(db, scope, { oid: OID, repository: null, limit: 9 })).length,
  'the search for a path': async (scope) =>
    (await findByPath(db, scope, { path: PATH, repository: null, limit: 9 })).length,
  'the way from commits': async (scope) => {
    const asked = { repositoryId: repository as ReadableRepositoryId, oids: [OID] }
    const [origin] = await findPullRequests(db, scope, asked)
    return origin?.pullRequests.length ?? 0
  },
  'code to explain': async (scope) => ((await findIngested(db, scope, 'acme/zoo')) ? 1 : 0),
  'an export of conversations': (scope) =>
    countOf(readConversations(readerFor(scope), { repositories: [] })),
  'the check of exported repositories': async (scope) =>
    refuseUnknown(db, scope, ['acme/zoo']).then(
      () => 1,
      () => 0,
    ),
  'gaps and limits of a card': async (scope) => {
    const syncStatuses = await readSyncStatuses(db, scope)
    return syncStatuses.reduce((sum, { gaps, limited }) => sum + gaps.all + limited.all, 0)
  },
  'the limits of a run': async (scope) => (await readProgress(db, scope, runId)).limited.length,
  'repositories to verify': async (scope) => (await readVerifiedRepositories(db, scope, [])).length,
}
for (const list of EXPORTS)
  COPIED[`an export of ${list}`] = (scope) =>
    countOf(readRows(readerFor(scope), { list, repositories: [] }))

/** Number of results from each way of reading data of an installation. */
const OPERATED: Record<string, (scope: Scope) => Promise<number>> = {
  'its current jobs': async (scope) => (await readJobs(db, scope)).filter(isOfRun).length,
  'one of its jobs': async (scope) => (await readJobs(db, scope, { runId })).length,
  'all its jobs': async (scope) => (await readAllJobs(db, scope, { limit: 9 })).length,
  'the log of its job': async (scope) =>
    (await readLog(db, scope, { runId, limit: 9 })).entries.length,
  'the versions of its jobs': async (scope) => (await readVersions(db, scope, [runId])).length,
  'its card': async (scope) =>
    (await readSyncStatuses(db, scope)).filter((one) => one.installationId === installation).length,
  'its budgets': async (scope) => (await readBudgets(db, scope)).length,
  'its counters': async (scope) => (await countOpenStages(db, scope)).length,
  'the age of its work': async (scope) => (await oldestPending(db, scope)).size,
  'the progress of its run': async (scope) => (await readProgress(db, scope, runId)).expected,
}

function isOfRun({ id }: { id: string | null }): boolean {
  return id === runId
}

const NOBODY = {
  'an empty scope': () => viewerScope({ repositories: [], operates: [] }),
  'a missing scope': () => undefined as unknown as Scope,
  'a broken scope': () => ({ kind: 'viewer' }) as unknown as Scope,
  'the scope of another installation': () => viewerScope({ repositories: [], operates: [other] }),
}

async function setActive(active: boolean): Promise<void> {
  await db.query('update installation set active = $2, inactive_reason = $3 where id = $1', [
    installation,
    active,
    active ? null : 'It was suspended on GitHub',
  ])
}

async function setHidden(at: 'now()' | 'null'): Promise<void> {
  await db.query(`update repository set hidden_at = ${at} where id = $1`, [repository])
}

describe.each(Object.keys(COPIED))('%s', (way) => {
  const read = (scope: Scope) => COPIED[way]?.(scope)

  test('returns data in scope', async () => {
    expect(await read(operatorScope())).toBeGreaterThan(0)
    const operates = [installation]
    expect(await read(viewerScope({ repositories: [repository], operates }))).toBeGreaterThan(0)
    expect(await read(viewerScope({ repositories: [], operates }))).toBe(0)
  })

  test.each(Object.entries(NOBODY))('returns nothing for %s', async (_, scope) => {
    expect(await read(scope())).toBe(0)
  })

  test('returns nothing while the installation is inactive', async () => {
    const viewer = viewerScope({ repositories: [repository], operates: [installation] })
    await setActive(false)
    try {
      expect([await read(operatorScope()), await read(viewer)]).toEqual([0, 0])
    } finally {
      await setActive(true)
    }
    expect(await read(operatorScope())).toBeGreaterThan(0)
  })

  test('returns nothing once the repository has left', async () => {
    const viewer = viewerScope({ repositories: [repository], operates: [installation] })
    await setHidden('now()')
    try {
      expect([await read(operatorScope()), await read(viewer)]).toEqual([0, 0])
    } finally {
      await setHidden('null')
    }
    expect(await read(operatorScope())).toBeGreaterThan(0)
  })
})

describe.each(Object.keys(OPERATED))('%s', (way) => {
  const read = (scope: Scope) => OPERATED[way]?.(scope)

  test('is readable by its operators', async () => {
    expect(await read(operatorScope())).toBeGreaterThan(0)
    expect(await read(viewerScope({ repositories: [], operates: [installation] }))).toBeGreaterThan(
      0,
    )
    expect(await read(viewerScope({ repositories: [repository], operates: [] }))).toBe(0)
  })

  test.each(Object.entries(NOBODY))('returns nothing for %s', async (_, scope) => {
    expect(await read(scope())).toBe(0)
  })
})

describe('a job', () => {
  const job = async (scope: Scope) => (await readJobs(db, scope, { runId }))[0]

  test('names its items if the scope contains all repositories', async () => {
    expect(await job(operatorScope())).toMatchObject({
      unfinished: [{ name: 'acme/zoo#1' }],
      currentItem: 'acme/zoo#2',
      error: '1 work item failed. First error: acme/zoo#1 is torn',
    })
  })

  test('only counts its items otherwise', async () => {
    expect(await job(viewerScope({ repositories: [], operates: [installation] }))).toMatchObject({
      ...{ unfinished: [], currentItem: null, error: '1 work item failed' },
      stage: 'extraction',
    })
  })

  test('of an inactive installation gives the reason and names nothing', async () => {
    await setActive(false)
    const { unfinished, currentItem, error, active } = (await job(operatorScope())) ?? {}
    await setActive(true)
    expect({ unfinished, currentItem, active }).toEqual({
      ...{ unfinished: [], currentItem: null, active: false },
    })
    expect(error).toBe('The installation is inactive: It was suspended on GitHub')
  })
})

test('the list of one installation does not touch the repositories of another', async () => {
  await addRepository(db, other, 'other/listed')
  await noteListed(db, installation, runId, [`R_${other}_other/listed`])
  const { rows } = await db.query(
    "select listed_in from repository where installation_id = $1 and full_name = 'other/listed'",
    [other],
  )
  expect(rows).toEqual([{ listedIn: null }])
})
