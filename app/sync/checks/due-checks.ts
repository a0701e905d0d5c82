/**
 * The lists of checks that have to be read. A row of `check_list` is due from the moment at which GitHub may
 * have changed the list until a reading that began later has stored it, so nothing else has to remember it: not
 * a run that was cancelled, nor one that found no budget.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { isSync, notErasing, notHidden } from '#app/database/predicates.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { PRIORITY } from '#app/queues/stages.ts'

/** A pull request as it has just been read. */
export interface SeenPullRequest {
  nodeId: string
  repositoryId: string
  headOid: string
  /** Null if its head has no checks. */
  rollupState: string | null
  isOpen: boolean
}

/**
 * Marks the lists that have to be read: those of a head or with a roll-up that the stored list does not have, and in
 * a sync those of open pull requests, because a check can be added without changing the roll-up.
 *
 * @returns true if any list of these pull requests is due.
 */
export async function markSeen(
  tx: Queryable,
  runId: string,
  seen: SeenPullRequest[],
): Promise<boolean> {
  await tx.query(
    `insert into check_list (node_id, repository_id, due_at)
     select n.node_id, n.repository_id, clock_timestamp()
     from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::boolean[])
         n (node_id, repository_id, head_oid, rollup_state, is_open)
       left join check_list c on c.node_id = n.node_id
     where case when n.rollup_state is null then c.head_oid = n.head_oid and c.rollup_state is not null
       else c.head_oid is distinct from n.head_oid or c.rollup_state is distinct from n.rollup_state
         or n.is_open and exists (select from run where run.id = $1 and ${isSync('run')}) end
     order by n.node_id
     on conflict (node_id) do update set due_at = excluded.due_at, failures = 0,
       repository_id = excluded.repository_id`,
    [
      runId,
      seen.map((one) => one.nodeId),
      seen.map((one) => one.repositoryId),
      seen.map((one) => one.headOid),
      seen.map((one) => one.rollupState),
      seen.map((one) => one.isOpen),
    ],
  )
  const { rowCount } = await tx.query(
    'select from check_list where node_id = any($1::text[]) and due_at is not null limit 1',
    [seen.map((one) => one.nodeId)],
  )
  return rowCount > 0
}

/** Marks the lists of pull requests with these heads, because an event named a check of them. */
export async function markHeads(
  tx: Queryable,
  heads: { repositoryId: string; oid: string }[],
): Promise<void> {
  if (heads.length === 0) return
  await tx.query(
    `insert into check_list (node_id, repository_id, due_at)
     select p.node_id, p.repository_id, clock_timestamp() from pull_request p
     where (p.repository_id, p.head_ref_oid) in (
       select n.repository_id, n.oid from unnest($1::bigint[], $2::text[]) n (repository_id, oid))
     order by p.node_id
     on conflict (node_id) do update set due_at = excluded.due_at, failures = 0`,
    [heads.map((one) => one.repositoryId), heads.map((one) => one.oid)],
  )
}

/**
 * Marks again what GitHub did not return, once its next attempt is due.
 *
 * @returns true if lists of these repositories are due.
 */
export async function hasDueChecks(tx: Queryable, repositoryIds: string[]): Promise<boolean> {
  await tx.query(
    `update check_list c set due_at = clock_timestamp(), failures = 0
     from gap g where g.kind = 'checks' and g.node_id = c.node_id and c.due_at is null
       and g.repository_id = any($1::bigint[]) and g.next_try_at <= clock_timestamp()`,
    [repositoryIds],
  )
  const { rowCount } = await tx.query(
    'select from check_list where repository_id = any($1::bigint[]) and due_at is not null limit 1',
    [repositoryIds],
  )
  return rowCount > 0
}

/** Marks all lists that GitHub did not return, because a person asks for them. */
export async function retryCheckGaps(db: Queryable, installationId: string): Promise<void> {
  await db.query(
    `update check_list c set due_at = clock_timestamp(), failures = 0
     from gap g join repository r on r.id = g.repository_id
     where g.kind = 'checks' and g.node_id = c.node_id and c.due_at is null and r.installation_id = $1`,
    [installationId],
  )
}

export interface DueChecks {
  /** Node id of the pull request. */
  id: string
  repositoryId: string
  /** Number of answers in a row of which the list was not complete. */
  failures: number
  /** Of the stored list; null if none was read. */
  headOid: string | null
  stored: number
  isLong: boolean
}

/** Returns the time by the database's clock, and the lists that are due, the latest first. */
export async function readDueChecks(
  db: Queryable,
  installationId: string,
  limit: number,
): Promise<{ now: Date; due: DueChecks[] }> {
  const clock = await db.query<{ now: Date }>('select clock_timestamp() as now')
  const { rows } = await db.query<DueChecks>(
    `select c.node_id as id, c.repository_id, c.failures, c.head_oid,
       jsonb_array_length(c.contexts) as stored, c.is_long
     from check_list c join repository r on r.id = c.repository_id
     where c.due_at is not null and r.installation_id = $1
       and ${notHidden('r')} and ${notErasing('r')}
     order by c.due_at desc, c.node_id limit $2`,
    [installationId, limit],
  )
  return { now: clock.rows[0]?.now as Date, due: rows }
}

/** Returns the item that reads what is due, when nothing else is left to do. `after` makes its key unique. */
export function checksItem(after: string, width: PageWidth | null = null): NewItem {
  return {
    place: 'github_prs_commits_reviews_comments/extraction',
    key: `checks:${after}`,
    payload: { kind: 'checks', width },
    priority: PRIORITY.last,
  }
}
