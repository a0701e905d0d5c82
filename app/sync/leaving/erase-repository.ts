/**
 * Erases the copy of a repository in batches. Each batch is a transaction that takes all rows of some pull
 * requests, so that its locks are short, and another process, or the same one after a crash, continues where
 * the last batch ended. The repository's own row goes last.
 *
 *   hidden ─► erasing ─► gone
 *
 * Until it is erasing, a repository comes back with everything. From then on nothing is written to it; when
 * it is gone, it comes back as a new one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { deleteForgotten, hideCode } from '#app/code/generations/forget.ts'
import { deleteHistory } from '#app/code/history/store-history.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notErasing } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import {
  forgetCounts,
  forgetPullRequests,
  forgetRepository,
} from '#app/search/write/forget-passages.ts'
import { deleteChecks } from '../checks/store-checks.ts'
import { buryPullRequests } from '../complete/remove.ts'
import { eraseClosingIssues } from './erase-closing-issues.ts'
import { addRows, type ErasedRows, NO_ROWS } from './erased-rows.ts'

/** Batches aim at this duration, well below a second, because others may wait for their locks. */
const AIM_MS = 200
const PULLS = { first: 20, least: 1, most: 500 }
const ROWS = 2_000

export interface ErasureOptions {
  signal?: AbortSignal
  /** Called after each batch with its duration in milliseconds. */
  measured?: (ms: number) => void
}

/**
 * Hides the repository at once and marks it for erasure. From here on, nothing brings its copy back.
 *
 * @returns false if it does not exist.
 */
export async function beginErasure(tx: Queryable, id: string, reason: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update repository set erasing_at = coalesce(erasing_at, clock_timestamp()),
       hidden_at = coalesce(hidden_at, clock_timestamp()), hidden_reason = coalesce(hidden_reason, $2),
       synced_from = null, synced_until = null, oldest_cursor = null
     where id = $1`,
    [id, reason],
  )
  await tx.query(`delete from fetch_queue where details ->> 'repositoryId' = $1`, [id])
  await hideCode(tx, { repositoryId: id })
  return rowCount === 1
}

/**
 * Erases a repository that is marked for it. An abort of the signal takes effect between two batches.
 *
 * @returns the rows that this call deleted.
 */
export async function eraseRepository(
  pool: Pool,
  id: string,
  { signal, measured }: ErasureOptions = {},
): Promise<ErasedRows> {
  let erased = NO_ROWS
  let size = PULLS.first
  for (const phase of [
    eraseIssues,
    erasePullRequests,
    eraseSnapshots,
    eraseCommits,
    erasePassages,
    eraseWords,
    eraseCode,
    eraseHistory,
  ]) {
    for (;;) {
      signal?.throwIfAborted()
      const began = performance.now()
      const batch = await transaction(pool, async (tx) => {
        const held = await holdErasing(tx, id)
        return held ? phase(tx, held, size) : null
      })
      const ms = performance.now() - began
      measured?.(ms)
      if (batch === null) return erased
      erased = addRows(erased, batch.rows)
      if (batch.isLast) break
      if (phase === erasePullRequests) size = nextSize(size, ms)
      // Others get their turn: the erasure uses half of the time at most.
      await sleep(ms)
    }
  }
  const last = await transaction(pool, (tx) => eraseRow(tx, id))
  return addRows(erased, last)
}

function nextSize(size: number, ms: number): number {
  const wanted = Math.round((size * AIM_MS) / Math.max(1, ms))
  return Math.max(PULLS.least, Math.min(PULLS.most, wanted, size * 2))
}

interface Batch {
  rows: Partial<ErasedRows>
  /** True if nothing of this kind is left. */
  isLast: boolean
}

interface Held {
  id: string
  nodeId: string
  /** True if GitHub reported twice that the repository does not exist: then tombstones stay of what was in it. */
  isDeleted: boolean
}

/** Locks the repository against another erasure. @returns undefined if another process is erasing it. */
async function holdErasing(tx: Queryable, id: string): Promise<Held | undefined> {
  const { rows } = await tx.query<Held>(
    `select id, node_id, not_found >= 2 as is_deleted from repository
     where id = $1 and not ${notErasing('repository')} for no key update skip locked`,
    [id],
  )
  return rows[0]
}

/** Its issues go from the pull requests of other repositories that close them. */
function eraseIssues(tx: Queryable, { nodeId }: Held): Promise<Batch> {
  return eraseClosingIssues(tx, nodeId, PULLS.first)
}

async function erasePullRequests(
  tx: Queryable,
  { id, isDeleted }: Held,
  size: number,
): Promise<Batch> {
  const { rows: pulls } = await tx.query<{ id: string; nodeId: string }>(
    'select id, node_id from pull_request where repository_id = $1 order by id limit $2',
    [id, size],
  )
  if (pulls.length === 0) return { rows: {}, isLast: true }
  const ids = pulls.map((pull) => pull.id)
  const nodeIds = pulls.map((pull) => pull.nodeId)
  // A transform that holds one of the snapshots writes no more after this.
  const snapshots = await tx.query<{ id: string }>(
    'select id from snapshot where node_id = any($1::text[]) order by id for update',
    [nodeIds],
  )
  const rawRecords = await deleteSnapshots(
    tx,
    snapshots.rows.map((row) => row.id),
  )
  if (isDeleted) await buryPullRequests(tx, ids)
  const rows = { ...(await deleteConversations(tx, ids)), rawRecords, pullRequests: ids.length }
  await deleteChecks(tx, nodeIds)
  await tx.query('delete from pull_request where id = any($1::bigint[])', [ids])
  return { rows, isLast: false }
}

async function deleteSnapshots(tx: Queryable, ids: string[]): Promise<number> {
  if (ids.length === 0) return 0
  const { rowCount } = await tx.query(
    'delete from raw_record where snapshot_id = any($1::bigint[])',
    [ids],
  )
  await tx.query('delete from snapshot where id = any($1::bigint[])', [ids])
  return rowCount
}

async function deleteConversations(tx: Queryable, ids: string[]): Promise<Partial<ErasedRows>> {
  const forgotten = await forgetPullRequests(tx, ids)
  const reviewComments = await tx.query(
    'delete from review_comment where pull_request_id = any($1::bigint[])',
    [ids],
  )
  const reviewThreads = await tx.query(
    'delete from review_thread where pull_request_id = any($1::bigint[])',
    [ids],
  )
  const reviews = await tx.query('delete from review where pull_request_id = any($1::bigint[])', [
    ids,
  ])
  const comments = await tx.query('delete from comment where pull_request_id = any($1::bigint[])', [
    ids,
  ])
  await tx.query('delete from pull_request_commit where pull_request_id = any($1::bigint[])', [ids])
  await tx.query('delete from pull_request_file where pull_request_id = any($1::bigint[])', [ids])
  return {
    ...forgotten,
    reviewComments: reviewComments.rowCount,
    reviewThreads: reviewThreads.rowCount,
    reviews: reviews.rowCount,
    comments: comments.rowCount,
  }
}

/** Erases what was read of pull requests that were never stored. */
async function eraseSnapshots(tx: Queryable, { id }: Held): Promise<Batch> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from snapshot where repository_id = $1 limit $2 for update',
    [id, PULLS.most],
  )
  const rawRecords = await deleteSnapshots(
    tx,
    rows.map((row) => row.id),
  )
  return { rows: { rawRecords }, isLast: rows.length < PULLS.most }
}

async function eraseCommits(tx: Queryable, { id }: Held): Promise<Batch> {
  const { rowCount: commits } = await tx.query(
    `delete from commit where repository_id = $1 and oid in (
       select oid from commit where repository_id = $1 limit $2)`,
    [id, ROWS],
  )
  return { rows: { commits }, isLast: commits < ROWS }
}

/** Erases the passages of the repository itself. */
async function erasePassages(tx: Queryable, { id }: Held): Promise<Batch> {
  const rows = await forgetRepository(tx, id, ROWS)
  return { rows, isLast: rows.passages < ROWS }
}

async function eraseWords(tx: Queryable, { id }: Held): Promise<Batch> {
  return { rows: {}, isLast: (await forgetCounts(tx, id, ROWS)) < ROWS }
}

async function eraseCode(tx: Queryable, { id }: Held): Promise<Batch> {
  const { rows } = await deleteForgotten(tx, { repositoryId: id })
  return { rows: {}, isLast: rows === 0 }
}

async function eraseHistory(tx: Queryable, { id }: Held): Promise<Batch> {
  return { rows: {}, isLast: (await deleteHistory(tx, id, ROWS)) === 0 }
}

/** Deletes the row of the repository, with whatever was written since; a tombstone of it stays. */
async function eraseRow(tx: Queryable, id: string): Promise<Partial<ErasedRows>> {
  const { rows } = await tx.query<{ installationId: string; fullName: string }>(
    `select installation_id, full_name from repository where id = $1 and not ${notErasing('repository')}
     for update`,
    [id],
  )
  const [repository] = rows
  if (!repository) return {}
  await tx.query(
    `insert into tombstone (kind, node_id, repository_id, created_at)
     select 'repository', node_id, id, created_at from repository where id = $1
     on conflict (kind, node_id) do nothing`,
    [id],
  )
  const records = await tx.query('delete from raw_record where repository_id = $1', [id])
  await tx.query('delete from repository where id = $1', [id])
  await eraseNames(tx, repository)
  return { repositories: 1, rawRecords: records.rowCount }
}

/** Erases the names and messages of the repository in failures, and the cached lists that contain it. */
async function eraseNames(
  tx: Queryable,
  { installationId, fullName }: { installationId: string; fullName: string },
): Promise<void> {
  await tx.query(
    `update work_item set subject = null, message = null
     where run_id in (select id from run where installation_id = $1) and state in ('failed', 'gap')
       and (subject = $2 or starts_with(subject, $2 || '#') or strpos(message, $2) > 0)`,
    [installationId, fullName],
  )
  await tx.query('delete from github_etag where installation_id = $1', [installationId])
}
