/** Keeps the history of a default branch: which commit on the chain of first parents brought in each commit. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { notErasing, notForgotten } from '#app/database/predicates.ts'
import { portionsOf } from '#app/database/upsert.ts'
import type { BroughtCommit } from '../git/read-history.ts'

/** Rows of a batch. */
const UNUSED = 5_000

/** How far a history has been read. */
export interface NotedHistory {
  id: string
  /** The last commit of the chain that was noted, and its place; null and 0 before the first. */
  oid: string | null
  length: number
}

/** Returns the histories of a repository, one that is not published yet first. */
export async function readHistories(db: Queryable, repositoryId: string): Promise<NotedHistory[]> {
  const { rows } = await db.query<NotedHistory>(
    `select id, noted_oid as oid, noted_length as length from branch_history
     where repository_id = $1 order by is_current, id`,
    [repositoryId],
  )
  return rows
}

/**
 * Begins a history beside the one that holds, in place of another one that was begun.
 *
 * @returns null if the repository is being erased.
 */
export async function beginHistory(
  tx: Queryable,
  repositoryId: string,
): Promise<NotedHistory | null> {
  await tx.query('delete from branch_history where repository_id = $1 and not is_current', [
    repositoryId,
  ])
  const { rows } = await tx.query<NotedHistory>(
    `insert into branch_history (repository_id)
     select r.id from repository r where r.id = $1 and ${notErasing('r')}
     on conflict do nothing returning id, noted_oid as oid, noted_length as length`,
    [repositoryId],
  )
  return rows[0] ?? null
}

/** A commit with what may lead to its pull request. */
export interface MappedCommit extends Omit<BroughtCommit, 'parents' | 'message'> {
  numbers: number[]
  /** Hexadecimal; null for a merge, and for a commit that a merge brought. */
  patchId: string | null
}

/**
 * Notes the next commits of a history; nobody sees them before {@link publishHistory}.
 *
 * @returns false if somebody else has gone on with it, or the repository is being erased.
 */
export async function noteCommits(
  tx: Queryable,
  history: NotedHistory,
  { commits, tip }: { commits: MappedCommit[]; tip: string },
): Promise<boolean> {
  const length = commits.reduce((most, { position }) => Math.max(most, position), history.length)
  const { rowCount } = await tx.query(
    `update branch_history h set noted_oid = $4, noted_length = $5 from repository r
     where h.id = $1 and h.noted_oid is not distinct from $2 and h.noted_length = $3
       and r.id = h.repository_id and ${notErasing('r')}`,
    [history.id, history.oid, history.length, tip, length],
  )
  if (rowCount === 0) return false
  for (const portion of portionsOf(commits)) await insertCommits(tx, history.id, portion)
  return true
}

async function insertCommits(tx: Queryable, id: string, rows: MappedCommit[]): Promise<void> {
  await tx.query(
    `insert into branch_commit (history_id, oid, merge_oid, position, committed_at, numbers, patch_id)
     select $1, c.oid, c.merge_oid, c.position, c.committed_at, c.numbers::integer[],
       decode(c.patch_id, 'hex')
     from unnest($2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::text[], $7::text[])
       c (oid, merge_oid, position, committed_at, numbers, patch_id)
     on conflict (history_id, oid) do nothing`,
    [
      id,
      rows.map(({ oid }) => oid),
      rows.map(({ mergeOid }) => mergeOid),
      rows.map(({ position }) => position),
      rows.map(({ committedAt }) => committedAt),
      rows.map(({ numbers }) => `{${numbers.join(',')}}`),
      rows.map(({ patchId }) => patchId),
    ],
  )
}

/** Makes all that was noted of a history visible at once, in place of another history of the repository. */
export async function publishHistory(tx: Queryable, { id }: NotedHistory): Promise<void> {
  await tx.query(
    `delete from branch_history old using branch_history h
     where h.id = $1 and old.repository_id = h.repository_id and old.id <> h.id`,
    [id],
  )
  await tx.query(
    `update branch_history set is_current = true, oid = noted_oid, length = noted_length,
       published_at = clock_timestamp()
     where id = $1`,
    [id],
  )
}

/**
 * Deletes a batch of the history of a repository, and of the heads of its pull requests.
 *
 * @returns how many rows were deleted; 0 when nothing is left.
 */
export async function deleteHistory(
  db: Queryable,
  repositoryId: string,
  most: number,
): Promise<number> {
  const { rows } = await db.query<{ commits: number; patches: number }>(
    `with gone as (
       delete from branch_commit where (history_id, oid) in (
         select c.history_id, c.oid from branch_history h join branch_commit c on c.history_id = h.id
         where h.repository_id = $1 limit $2) returning 1
     ), forgotten as (
       delete from pull_request_patch where (repository_id, number, oid, is_whole) in (
         select p.repository_id, p.number, p.oid, p.is_whole from pull_request_patch p
         where p.repository_id = $1 limit $2) returning 1
     )
     select (select count(*)::int from gone) as commits, (select count(*)::int from forgotten) as patches`,
    [repositoryId, most],
  )
  const { commits = 0, patches = 0 } = rows[0] ?? {}
  if (commits > 0 || patches > 0) return Math.max(commits, patches)
  await db.query('delete from pull_request_ref where repository_id = $1', [repositoryId])
  await db.query('delete from branch_history where repository_id = $1', [repositoryId])
  return 0
}

/** Deletes, in batches, the histories of repositories whose code is not ingested any more. */
export async function deleteUnusedHistories(pool: Pool, signal: AbortSignal): Promise<void> {
  const { rows } = await pool.query<{ repositoryId: string }>(
    `select distinct h.repository_id from branch_history h
     where not exists (select from code_ref r
       where r.repository_id = h.repository_id and ${notForgotten('r')})`,
  )
  for (const { repositoryId } of rows)
    for (let deleted = 1; deleted > 0; ) {
      signal.throwIfAborted()
      deleted = await deleteHistory(pool, repositoryId, UNUSED)
    }
}
