/** Builds raw records and runs them through the transform stage. */

import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { NESTED_TYPES } from '#app/github/queries/nested.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { RepositoryNode } from '#app/github/queries/repositories.ts'
import type { ClaimedItem, Outcome } from '#app/ledger/work-items.ts'
import {
  insertRawRecords,
  type NestedRecord,
  type RecordBody,
  type RepositoryRecord,
} from '#app/sync/records/raw-records.ts'
import { openSnapshots, type Totals } from '#app/sync/window/snapshots.ts'
import type { Handler } from '#workers/handlers.ts'
import { type TransformHandlers, transformHandlers } from '#workers/transform/index.ts'
import { openTestServices } from '../services/setup.ts'
import { repositoryNode } from './nodes.ts'
import { addInstallation } from './rehearsal.ts'

const FIELDS = {
  commits: 'commits',
  reviews: 'reviews',
  comments: 'comments',
  review_threads: 'reviewThreads',
  files: 'files',
} as const

/** An installation with a run; disposing of it drops the database. */
export interface Store extends AsyncDisposable {
  pool: Pool
  installationId: string
  runId: string
}

export async function openStore(): Promise<Store> {
  const services = await openTestServices()
  const { pool } = services.services.database
  const installationId = await addInstallation(services.services.database)
  const runId = await addRun(pool, installationId)
  return { pool, installationId, runId, [Symbol.asyncDispose]: services.close }
}

export async function addRun(
  pool: Pool,
  installationId: string,
  request: object = { mode: 'full', repositories: null, since: 'all', maxPrs: null },
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into run (installation_id, mode, trigger, state, request)
     values ($1, 'full', 'cli', 'finished', $2) returning id`,
    [installationId, JSON.stringify(request)],
  )
  return rows[0]?.id as string
}

/**
 * Splits a complete pull request into the records that extraction would produce with pages of this size and
 * this many threads per record of comments.
 */
export function cutIntoRecords(
  node: PullRequestNode,
  { page = 100, threads = 149, inline = false } = {},
): RecordBody[] {
  const main = structuredClone(node)
  const records: RecordBody[] = [{ kind: 'pull_request', body: { pullRequest: main } }]
  const said = (main.reviewThreads?.nodes ?? []).flatMap((thread) => {
    if (!thread || inline) return []
    const comments = (thread.comments?.nodes ?? []).flatMap((comment) => comment ?? [])
    delete thread.comments
    return [{ id: thread.id, comments }]
  })
  for (const type of NESTED_TYPES) {
    const list = main[FIELDS[type]]
    if (!list) continue
    const nodes: unknown[] = list.nodes
    for (let offset = page; offset < nodes.length; offset += page) {
      const body = { type, offset, nodes: nodes.slice(offset, offset + page) } as NestedRecord
      records.push({ kind: 'nested', body })
    }
    nodes.length = Math.min(nodes.length, page)
  }
  for (let start = 0; start < said.length; start += threads)
    records.push({
      kind: 'nested',
      body: { type: 'review_comments', threads: said.slice(start, start + threads) },
    })
  return records
}

function totalsOf(node: PullRequestNode): Totals {
  const threads = node.reviewThreads?.nodes
  return {
    labels: node.labels?.totalCount ?? null,
    assignees: node.assignees?.totalCount ?? null,
    closingIssues: node.closingIssuesReferences?.totalCount ?? null,
    commits: node.commits?.totalCount ?? null,
    reviews: node.reviews?.totalCount ?? null,
    comments: node.comments?.totalCount ?? null,
    reviewThreads: node.reviewThreads?.totalCount ?? null,
    ...(node.files !== undefined && { files: node.files?.totalCount ?? null }),
    reviewComments: threads
      ? threads.reduce((sum, thread) => sum + (thread?.comments?.totalCount ?? 0), 0)
      : null,
  }
}

export interface TakenSnapshot {
  id: string
  recordIds: string[]
}

/** Opens a snapshot of a pull request with its records. */
export async function takeSnapshot(
  { pool, runId }: Pick<Store, 'pool' | 'runId'>,
  repositoryId: string,
  node: PullRequestNode,
  options: {
    startedAt?: Date
    records?: RecordBody[]
    totals?: Partial<Totals>
    repositorySyncId?: string
  } = {},
): Promise<TakenSnapshot> {
  const {
    startedAt = new Date(),
    records = cutIntoRecords(node),
    repositorySyncId = null,
  } = options
  return transaction(pool, async (tx) => {
    const [id] = await openSnapshots(tx, runId, [
      {
        repositorySyncId,
        repositoryId,
        nodeId: node.id,
        startedAt,
        parts: records.length,
        totals: { ...totalsOf(node), ...options.totals },
      },
    ])
    const stored = await insertRawRecords(
      tx,
      records.map((record) => ({
        ...record,
        repositoryId,
        snapshotId: id as string,
        readAt: startedAt,
      })),
    )
    return { id: id as string, recordIds: stored.map((record) => record.id) }
  })
}

/** Runs records through the transform stage as one batch. */
export function transform(store: Store, recordIds: string[]): Promise<Outcome[]> {
  return runPlace(store, 'github_prs_commits_reviews_comments/transform', recordIds)
}

/** Takes a snapshot and transforms all of it. */
export async function takeAndTransform(
  store: Store,
  repositoryId: string,
  node: PullRequestNode,
  options: Parameters<typeof takeSnapshot>[3] = {},
): Promise<Outcome[]> {
  const { recordIds } = await takeSnapshot(store, repositoryId, node, options)
  return transform(store, recordIds)
}

export async function transformRepository(
  store: Store,
  node: RepositoryNode,
  options: { topics?: string[]; at?: Date; databaseId?: string } = {},
): Promise<Outcome> {
  const { topics = [], at = new Date(), databaseId = null } = options
  const body: RepositoryRecord = { repository: node, databaseId, topics, at: at.toISOString() }
  const stored = await transaction(store.pool, (tx) =>
    insertRawRecords(tx, [
      { kind: 'repository', body, repositoryId: null, snapshotId: null, readAt: at },
    ]),
  )
  const [outcome] = await runPlace(
    store,
    'github_repositories/transform',
    stored.map(({ id }) => id),
  )
  return outcome as Outcome
}

/** Adds a repository through the transform stage. @returns its id. */
export async function addRepository(
  store: Store,
  node = repositoryNode(),
  options: { topics?: string[]; databaseId?: string } = {},
): Promise<string> {
  await transformRepository(store, node, options)
  const { rows } = await store.pool.query<{ id: string }>(
    'select id from repository where node_id = $1',
    [node.id],
  )
  return rows[0]?.id as string
}

async function runPlace(
  { pool, runId, installationId }: Store,
  place: keyof TransformHandlers,
  recordIds: string[],
): Promise<Outcome[]> {
  const items = recordIds.map(
    (recordId): ClaimedItem => ({
      id: `item ${recordId}`,
      runId,
      installationId,
      place,
      key: `record:${recordId}`,
      payload: { recordId },
      priority: 2,
      attempts: 0,
      weight: 1,
      lostLeases: 0,
      reread: false,
    }),
  )
  const logger = createLogger('silent')
  const { signal } = new AbortController()
  const transform = transformHandlers({ pool })[place] as Handler
  const settlement = await transform(items, { logger, signal, stopping: signal })
  return transaction(pool, settlement)
}
