/**
 * Rebuilds tables and passages from the raw records, without GitHub: after a change in how records are read
 * or texts are split, or when rows were damaged. Each batch is a transaction, so a replay may run beside a
 * sync and may be interrupted. It is idempotent; a second run starts from the beginning.
 */

import type { Pool } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { cleanValue } from '#app/passages/clean.ts'
import type { RepositoryRecord } from '../records/raw-records.ts'
import {
  passagesOfRepository,
  rowOfRepository,
  writeRepositories,
  writeRepositoryPassages,
} from '../tables/repositories.ts'
import { replayPullRequests } from './replay-pull-requests.ts'

const REPOSITORIES = 100
const PULL_REQUESTS = 20
const BATCH = 1_000

export interface Replayed {
  repositories: number
  pullRequests: number
}

/** Ids of the objects whose passages were added, deleted or changed. */
export interface Changed {
  repositoryIds: string[]
  pullRequestIds: string[]
}

export interface ReplayOptions {
  pool: Pool
  signal?: AbortSignal
  onProgress?: (soFar: Replayed) => void
  /** Embeds what has changed; called after each batch. */
  embed?: (changed: Changed) => Promise<void>
}

export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { pool, signal, onProgress, embed } = options
  const soFar = { repositories: 0, pullRequests: 0 }
  async function report(changed: Changed): Promise<void> {
    onProgress?.({ ...soFar })
    if (changed.repositoryIds.length + changed.pullRequestIds.length > 0) await embed?.(changed)
  }
  for (let after: string | null = '0'; after !== null; ) {
    signal?.throwIfAborted()
    const batch: RepositoryBatch = await replayRepositories(pool, after)
    soFar.repositories += batch.replayed
    await report({ repositoryIds: batch.changed, pullRequestIds: [] })
    after = batch.last
  }
  for (let after: string | null = ''; after !== null; ) {
    signal?.throwIfAborted()
    const nodeIds: string[] = await nextPullRequests(pool, after)
    const changed = await replayPullRequests(pool, nodeIds)
    soFar.pullRequests += nodeIds.length
    await report({ repositoryIds: [], pullRequestIds: changed })
    after = nodeIds.at(-1) ?? null
  }
  await deleteStrangers(pool, signal)
  return soFar
}

interface RepositoryBatch {
  replayed: number
  /** The last id of the batch; null if there are no more. */
  last: string | null
  changed: string[]
}

/** Rebuilds repositories from their latest records. Hidden repositories stay hidden. */
async function replayRepositories(pool: Pool, after: string): Promise<RepositoryBatch> {
  const { rows } = await pool.query<{
    id: string
    installationId: string
    body: RepositoryRecord | null
    readAt: Date | null
  }>(
    `select r.id, r.installation_id, l.body, l.read_at
     from repository r left join lateral (
       select body, read_at from raw_record w
       where w.repository_id = r.id and w.snapshot_id is null and w.kind = 'repository'
       order by read_at desc, id desc limit 1) l on true
     where r.id > $1 order by r.id limit $2`,
    [after, REPOSITORIES],
  )
  const known = rows.flatMap(({ body, readAt, ...row }) =>
    body && readAt ? [{ ...row, body: cleanValue(body), readAt: readAt.toISOString() }] : [],
  )
  const changed = await transaction(pool, async (tx) => {
    const ids = known.map((row) => row.id)
    await tx.query(`update repository set read_at = 'epoch' where id = any($1::bigint[])`, [ids])
    await tx.query(
      `update passage set read_at = 'epoch'
       where repository_id = any($1::bigint[]) and pull_request_id is null`,
      [ids],
    )
    await writeRepositories(
      tx,
      known.map(({ body, ...origin }) => rowOfRepository(body, origin)),
    )
    const passages = known.flatMap(({ id, body, readAt }) =>
      passagesOfRepository(body, { repositoryId: id, readAt }),
    )
    return writeRepositoryPassages(tx, passages)
  })
  return {
    replayed: known.length,
    last: rows.at(-1)?.id ?? null,
    changed: known.flatMap(({ id, body }) => (changed.has(body.repository.id) ? [id] : [])),
  }
}

async function nextPullRequests(pool: Pool, after: string): Promise<string[]> {
  const { rows } = await pool.query<{ nodeId: string }>(
    'select distinct node_id from snapshot where node_id > $1 order by node_id limit $2',
    [after, PULL_REQUESTS],
  )
  return rows.map((row) => row.nodeId)
}

/** Deletes pull requests that were never read from GitHub, and commits that no pull request contains. */
async function deleteStrangers(pool: Pool, signal?: AbortSignal): Promise<void> {
  await inBatches(signal, () =>
    pool.query(
      `delete from pull_request where id in (
         select id from pull_request p where ${notDeleted('p')} and checked_at is null
           and not exists (select from snapshot s where s.node_id = p.node_id) limit $1)`,
      [BATCH],
    ),
  )
  const { rows } = await pool.query<{ id: string }>('select id from repository order by id')
  for (const { id } of rows) {
    await inBatches(signal, () =>
      pool.query(
        `delete from commit where repository_id = $1 and oid in (
           select c.oid from commit c where c.repository_id = $1 and not exists (
             select from pull_request p join pull_request_commit h on h.pull_request_id = p.id
             where p.repository_id = c.repository_id and h.oid = c.oid) limit $2)`,
        [id, BATCH],
      ),
    )
  }
}

/** Repeats a delete that finds at most `BATCH` rows, so that its locks are short. */
async function inBatches(
  signal: AbortSignal | undefined,
  deleteSome: () => Promise<{ rowCount: number }>,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await deleteSome()
    if (rowCount < BATCH) return
  }
}
