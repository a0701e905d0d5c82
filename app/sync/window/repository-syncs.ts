/**
 * A reading is a repository sync: the sync of one repository in one run. It has an open part for each chain
 * of pages, each pull request that is to be read by its id, and each open snapshot. When no part is left,
 * everything that it had to read is in the tables, and the synced window moves.
 */

/** The lower end of a window that covers everything. */
export const EPOCH = new Date(0)

export interface NewRepositorySync {
  repositoryId: string
  /** By GitHub's clock. */
  startedAt: Date
  since: Date
  expected: number
  parts: number
  reached: Date
  oldestCursor: string | null
}

export interface RepositorySync {
  id: string
  runId: string
  repositoryId: string
  startedAt: Date
  since: Date
}

/**
 * Opens a sync of the repository in this run.
 *
 * @returns its id; null if the run already has one, which stays unchanged.
 */
export async function openRepositorySync(
  tx: Queryable,
  runId: string,
  repositorySync: NewRepositorySync,
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into repository_sync (run_id, repository_id, started_at, since, expected, open_parts, reached,
       oldest_cursor)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (run_id, repository_id) do nothing returning id`,
    [
      runId,
      repositorySync.repositoryId,
      repositorySync.startedAt,
      repositorySync.since,
      repositorySync.expected,
      repositorySync.parts,
      repositorySync.reached,
      repositorySync.oldestCursor,
    ],
  )
  return rows[0]?.id ?? null
}

export async function readRepositorySyncs(
  db: Queryable,
  ids: string[],
): Promise<Map<string, RepositorySync>> {
  const { rows } = await db.query<RepositorySync>(
    `select id, run_id, repository_id, started_at, since
     from repository_sync where id = any($1::bigint[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Adds and removes parts. Closes repository syncs without open parts and moves the windows of their
 * repositories.
 */
export async function changeParts(
  tx: Queryable,
  changes: { repositorySyncId: string; parts: number }[],
): Promise<void> {
  if (changes.length === 0) return
  const { rows } = await tx.query<{ id: string; openParts: number }>(
    `with change as (
       select id, sum(parts)::int as parts from unnest($1::bigint[], $2::int[]) c (id, parts) group by id
     ), held as (
       select r.id from repository_sync r where r.id in (select id from change) order by r.id for no key update
     )
     update repository_sync r set open_parts = r.open_parts + change.parts
     from held join change using (id) where r.id = held.id
     returning r.id, r.open_parts`,
    [changes.map((change) => change.repositorySyncId), changes.map((change) => change.parts)],
  )
  const ended = rows.filter((row) => row.openParts === 0).map((row) => row.id)
  await closeRepositorySyncs(tx, ended)
}

/** Records how far down a chain of pages got, and the cursor from which another can continue below it. */
export async function noteReached(
  tx: Queryable,
  repositorySyncId: string,
  reached: { at: Date; cursor: string | null },
): Promise<void> {
  await tx.query('update repository_sync set reached = $2, oldest_cursor = $3 where id = $1', [
    repositorySyncId,
    reached.at,
    reached.cursor,
  ])
}

/**
 * Closes repository syncs without open parts and moves the windows. A range that does not meet the window
 * before it (only the newest few, long after the last sync) replaces that window. A failed snapshot does not
 * hold a window back, because it is a gap, which is recorded by name and retried.
 */
async function closeRepositorySyncs(tx: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `with closed as (
       update repository_sync set closed_at = clock_timestamp(),
         expected = (select greatest(count(*), case when since > to_timestamp(0) then 0 else expected end)
           from snapshot s where s.repository_sync_id = repository_sync.id)
       where id = any($1::bigint[]) returning *
     )
     update repository r
     set synced_until = greatest(r.synced_until, c.started_at),
       synced_from = case when r.synced_from is null or c.reached > r.synced_until
         or c.reached <= r.synced_from then c.reached else r.synced_from end,
       oldest_cursor = case when r.synced_from is null or c.reached > r.synced_until
         or c.reached <= r.synced_from then c.oldest_cursor else r.oldest_cursor end,
       last_synced_at = clock_timestamp()
     from closed c where r.id = c.repository_id`,
    [ids],
  )
}

import type { Queryable } from '#app/database/pool.server.ts'
