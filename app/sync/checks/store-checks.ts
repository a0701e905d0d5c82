/** Stores lists of checks. A list is replaced as a whole, and only by one that was read later. */
import type { Queryable } from '#app/database/pool.server.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'
import type { StoredCheck } from './stored-check.ts'

/** A list of checks as GitHub returned it. */
export interface ReadChecks {
  nodeId: string
  headOid: string
  rollupState: string | null
  /** GitHub's count; null if GitHub withholds the list. */
  total: number | null
  /** Null if GitHub withholds the list: what is stored of the same head stays. */
  contexts: StoredCheck[] | null
  /** Why checks are missing; null if none is. */
  reason: string | null
}

/** Locks rows in the order of all writers. */
const HELD = `held as materialized (
  select node_id from check_list where node_id = any($1::text[]) order by node_id for no key update)`
/** An event that came during the reading keeps the list due. */
const STILL_DUE = (at: string) => `case when c.due_at > ${at} then c.due_at end`

/**
 * Stores lists of pull requests that are not removed meanwhile.
 *
 * @param at start of the reading, by the database's clock.
 */
export async function storeChecks(tx: Queryable, at: Date, lists: ReadChecks[]): Promise<void> {
  if (lists.length === 0) return
  await tx.query(
    `with ${HELD}
     update check_list c set head_oid = n.head_oid, rollup_state = n.rollup_state, total = n.total,
       contexts = coalesce(n.contexts, case when c.head_oid = n.head_oid then c.contexts else '[]' end),
       reason = n.reason, waits_for = null, failures = 0, is_long = coalesce(n.total > ${MAX_PAGE}, false),
       due_at = ${STILL_DUE('$2')}, read_at = $2
     from unnest($1::text[], $3::text[], $4::text[], $5::int[], $6::jsonb[], $7::text[])
         n (node_id, head_oid, rollup_state, total, contexts, reason)
       join held on held.node_id = n.node_id
     where c.node_id = n.node_id and coalesce(c.read_at <= $2, true)`,
    [
      lists.map((one) => one.nodeId),
      at,
      lists.map((one) => one.headOid),
      lists.map((one) => one.rollupState),
      lists.map((one) => one.total),
      lists.map((one) => one.contexts && JSON.stringify(one.contexts)),
      lists.map((one) => one.reason),
    ],
  )
  await tx.query(
    `delete from gap g using check_list c where g.kind = 'checks' and g.node_id = any($1::text[])
       and c.node_id = g.node_id and c.read_at = $2`,
    [lists.map((one) => one.nodeId), at],
  )
}

/** A list that was not stored, and why. */
export interface UnreadChecks {
  nodeId: string
  /** Null for a pull request that GitHub does not find: reading it removes it. */
  reason: string | null
}

/** Ends lists that GitHub does not give. What is stored stays, as of when it was read. */
export async function endChecks(tx: Queryable, at: Date, unread: UnreadChecks[]): Promise<void> {
  if (unread.length === 0) return
  await tx.query(
    `with ${HELD}
     update check_list c set due_at = ${STILL_DUE('$2')}, failures = 0, waits_for = n.reason
     from unnest($1::text[], $3::text[]) n (node_id, reason) join held on held.node_id = n.node_id
     where c.node_id = n.node_id and coalesce(c.read_at <= $2, true)`,
    [unread.map((one) => one.nodeId), at, unread.map((one) => one.reason)],
  )
}

/** Counts an answer of which lists were not complete; they stay due. */
export async function countFailures(tx: Queryable, nodeIds: string[]): Promise<void> {
  await tx.query(
    `with ${HELD}
     update check_list c set failures = failures + 1 from held where c.node_id = held.node_id`,
    [nodeIds],
  )
}

/** Notes lists that do not fit into one page; they stay due, and are read alone. */
export async function noteLong(tx: Queryable, nodeIds: string[]): Promise<void> {
  await tx.query(
    `with ${HELD}
     update check_list c set is_long = true from held where c.node_id = held.node_id`,
    [nodeIds],
  )
}

/** Says of all lists of the installation that are due what they wait for. */
export async function noteWaiting(
  tx: Queryable,
  installationId: string,
  waitsFor: string,
): Promise<void> {
  await tx.query(
    `with held as materialized (
       select c.node_id from check_list c join repository r on r.id = c.repository_id
       where c.due_at is not null and r.installation_id = $1 and c.waits_for is distinct from $2
       order by c.node_id for no key update of c)
     update check_list c set waits_for = $2 from held where c.node_id = held.node_id`,
    [installationId, waitsFor],
  )
}

/** Deletes the lists of pull requests. @param nodeIds node ids of pull requests. */
export async function deleteChecks(tx: Queryable, nodeIds: string[]): Promise<void> {
  await tx.query('delete from check_list where node_id = any($1::text[])', [nodeIds])
  await tx.query(`delete from gap where kind = 'checks' and node_id = any($1::text[])`, [nodeIds])
}
