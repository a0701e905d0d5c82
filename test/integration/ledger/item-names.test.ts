import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { nameItems } from '#app/ledger/views/item-names.ts'
import { type Payload, type Place, WORK } from '#app/ledger/work.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'

const STEP_1 = 'github_repositories/extraction'
const STEP_2 = 'github_prs_commits_reviews_comments/extraction'
const DATE = '2026-01-01T00:00:00Z'

let test_: TestServices
let pool: Pool
let repositoryId: string
let pullRequestId: string
/** Of a pull request that is in the tables, and of one that has only its raw record. */
let snapshots: { stored: string; fresh: string }
let records: { repository: string; fresh: string; nested: string }

beforeAll(async () => {
  test_ = await openTestServices()
  pool = test_.services.database.pool
  const installation = await addInstallation(test_.services.database)
  repositoryId = await addRepository(pool, installation, 'generated/console', { node_id: 'R_1' })
  pullRequestId = await addPull(pool, repositoryId, 7, { node_id: 'PR_7' })
  snapshots = { stored: await addSnapshot('PR_7'), fresh: await addSnapshot('PR_9') }
  const { fresh } = snapshots
  const body = { pullRequest: { body: 'a "number":3 and \0', number: 9 } }
  records = {
    repository: await addRecord('repository', { repository: { nameWithOwner: 'generated/new' } }),
    fresh: await addRecord('pull_request', body, fresh),
    nested: await addRecord('nested', { type: 'comments', nodes: [] }, snapshots.stored),
  }
})
afterAll(() => test_.close())

async function addSnapshot(nodeId: string): Promise<string> {
  const columns = { run_id: 1, repository_id: repositoryId, started_at: DATE, open_parts: 1 }
  return insert(pool, 'snapshot', { ...columns, node_id: nodeId })
}

async function addRecord(kind: string, body: object, snapshotId?: string): Promise<string> {
  return insert(pool, 'raw_record', {
    ...(snapshotId && { snapshot_id: snapshotId, repository_id: repositoryId }),
    ...(kind === 'nested' && { nested_type: 'comments' }),
    kind,
    shape: 1,
    body: JSON.stringify(body),
    read_at: DATE,
  })
}

async function nameOf<P extends Place>(place: P, payload: Payload<P>): Promise<string | undefined> {
  const item = { id: '1', position: WORK[place].position, payload, account: 'acme', subject: null }
  return (await nameItems(pool, [item])).get('1')
}

const page = () =>
  ({
    kind: 'page',
    chain: 'down',
    repositorySyncId: '1',
    repositoryId,
    id: 'R_1',
    name: 'generated/console',
    cursor: 'Y3Vy',
    isFullRead: true,
    since: DATE,
    offset: 21,
    left: null,
    width: { width: 21, ceiling: 21, good: 21, clean: 0 },
  }) as const
const pull = (id: string) => ({ id, repositorySyncId: null, repositoryId })

describe('a work item is named for what a person knows', () => {
  test.each<[string, () => Promise<string | undefined>]>([
    [
      'acme, list of repositories',
      () => nameOf(STEP_1, { kind: 'granted', page: null, seen: 0, total: null }),
    ],
    [
      'acme, repositories from 101 of 130',
      () => nameOf(STEP_1, { kind: 'granted', page: '?page=2', seen: 100, total: 130 }),
    ],
    [
      'octo, list of repositories',
      () => nameOf(STEP_1, { kind: 'account', login: 'octo', page: null }),
    ],
    ['o/n', () => nameOf(STEP_1, { kind: 'named', name: 'o/n' })],
    [
      'generated/console and 1 more',
      () =>
        nameOf(STEP_1, {
          kind: 'read repository',
          targets: ['R_1', 'R_2'].map((id) => ({ id, topics: [] })),
        }),
    ],
    [
      'acme, a new repository',
      () => nameOf(STEP_1, { kind: 'read repository', targets: [{ id: 'R_2', topics: [] }] }),
    ],
    ['acme, the last repositories', () => nameOf(STEP_1, { kind: 'flush', of: 'repository' })],
    [
      'generated/new',
      () => nameOf('github_repositories/transform', { recordId: records.repository }),
    ],
    ['generated/console', () => nameOf('github_repositories/embedding', { repositoryId })],
    ['generated/console, pull requests 22–42', () => nameOf(STEP_2, page())],
    [
      'generated/console, newest pull requests',
      () => nameOf(STEP_2, { ...page(), cursor: null, offset: 0, width: null }),
    ],
    [
      'generated/console, older pull requests',
      () => nameOf(STEP_2, { ...page(), offset: undefined }),
    ],
    [
      'generated/console, pull requests that changed',
      () => nameOf(STEP_2, { ...page(), chain: 'tail' }),
    ],
    [
      'generated/console#7, more review threads',
      () =>
        nameOf(STEP_2, {
          kind: 'nested',
          snapshotId: snapshots.stored,
          type: 'review_threads',
          id: 'PR_7',
          cursor: 'Y3Vy',
          offset: 100,
        }),
    ],
    [
      'generated/console#9, more of a review thread',
      () =>
        nameOf(STEP_2, { kind: 'thread', snapshotId: snapshots.fresh, id: 'PRRT_1', cursor: 'Y' }),
    ],
    [
      'generated/console, changes during the sync',
      () => nameOf(STEP_2, { kind: 'read tail', targets: [{ id: 'R_1', repositorySyncId: '1' }] }),
    ],
    [
      'generated/console#7 and 1 more',
      () => nameOf(STEP_2, { kind: 'read pull_request', targets: [pull('PR_7'), pull('PR_9')] }),
    ],
    [
      'generated/console, a pull request',
      () => nameOf(STEP_2, { kind: 'read pull_request', targets: [pull('PR_9')] }),
    ],
    [
      'generated/console#7, review threads',
      () =>
        nameOf(STEP_2, {
          kind: 'read thread',
          targets: [{ id: 'PRRT_1', snapshotId: snapshots.stored }],
        }),
    ],
    [
      'generated/console#9',
      () => nameOf('github_prs_commits_reviews_comments/transform', { recordId: records.fresh }),
    ],
    [
      'generated/console#7',
      () => nameOf('github_prs_commits_reviews_comments/transform', { recordId: records.nested }),
    ],
    [
      'a pull request that is not stored any more',
      () => nameOf('github_prs_commits_reviews_comments/transform', { recordId: '0' }),
    ],
    [
      'generated/console#7',
      () =>
        nameOf('github_prs_commits_reviews_comments/embedding', {
          snapshotId: snapshots.stored,
          pullRequestId,
        }),
    ],
  ])('%s', async (name, named) => expect(await named()).toBe(name))

  test('also if its payload is of another version', async () => {
    const item = { id: '1', position: 4, payload: {}, account: 'acme', subject: null }
    const names = await nameItems(pool, [item])
    expect(names.get('1')).toBe('work of another version of Whence')
  })
})
