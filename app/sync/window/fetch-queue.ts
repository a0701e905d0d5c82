/**
 * The fetch queue: objects that are known by node id and still have to be read. One call reads many of them,
 * from any repositories of the installation, at the cost of one, so they are gathered until a call is full.
 * After the last page, a flush item of the lowest priority (`PRIORITY.last`) reads the remainder.
 */

import { randomUUID } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'
import { WIDEST_PAGE } from '#app/github/queries/pull-requests.ts'
import { REQUESTS_OF_A_POINT } from '#app/github/queries/query.ts'
import type { FetchKind, QueuedFetch } from '#app/ledger/payloads.ts'
import type { Place } from '#app/ledger/work.ts'
import type { NewItem } from '#app/ledger/work-items.ts'
import { PRIORITY } from '#app/queues/stages.ts'

const CAPACITY: Record<FetchKind, number> = {
  repository: REQUESTS_OF_A_POINT,
  tail: REQUESTS_OF_A_POINT,
  pull_request: WIDEST_PAGE,
  thread: REQUESTS_OF_A_POINT,
}

const STEP_1 = 'github_repositories/extraction'
const STEP_2 = 'github_prs_commits_reviews_comments/extraction'
const PLACE = {
  repository: STEP_1,
  tail: STEP_2,
  pull_request: STEP_2,
  thread: STEP_2,
} as const satisfies Record<FetchKind, Place>

/**
 * Adds objects to the fetch queue and takes out what fills whole calls. An object that is already pending is
 * read once, with the details of the later request.
 *
 * @returns an item for each full call, and the ids that were not pending yet.
 */
export async function enqueueFetches<Kind extends FetchKind>(
  tx: Queryable,
  runId: string,
  kind: Kind,
  targets: QueuedFetch<Kind>[],
): Promise<{ items: NewItem[]; added: string[] }> {
  if (targets.length === 0) return { items: [], added: [] }
  const { rows } = await tx.query<{ nodeId: string; added: boolean }>(
    `insert into fetch_queue (run_id, kind, node_id, details)
     select $1, $2, node_id, details from unnest($3::text[], $4::jsonb[]) as thing (node_id, details)
     order by node_id
     on conflict (run_id, kind, node_id) do update set details = excluded.details
     returning node_id, xmax = 0 as added`,
    [
      runId,
      kind,
      targets.map((target) => target.id),
      targets.map(({ id, ...details }) => JSON.stringify(details)),
    ],
  )
  const added = rows.flatMap((row) => (row.added ? row.nodeId : []))
  return { items: await takeFetches(tx, runId, kind, 'full'), added }
}

/** Takes objects out of the fetch queue: only what fills whole calls, or all of them. */
export async function takeFetches(
  tx: Queryable,
  runId: string,
  kind: FetchKind,
  what: 'full' | 'all',
): Promise<NewItem[]> {
  const capacity = CAPACITY[kind]
  const { rows } = await tx.query<{ id: string; details: object }>(
    `with waiting as (
       select node_id from fetch_queue where run_id = $1 and kind = $2 order by node_id for update skip locked
     ), taken as (
       select node_id from waiting
       limit (select case when $4 then count(*) else count(*) / $3 * $3 end from waiting)
     )
     delete from fetch_queue u using taken t
     where u.run_id = $1 and u.kind = $2 and u.node_id = t.node_id
     returning u.node_id as id, u.details`,
    [runId, kind, capacity, what === 'all'],
  )
  const targets = rows.map(({ id, details }) => ({ id, ...details }))
  return readItems(kind, targets as QueuedFetch<FetchKind>[])
}

/** Returns the items that read these objects, in as few calls as possible. */
export function readItems<Kind extends FetchKind>(
  kind: Kind,
  targets: QueuedFetch<Kind>[],
): NewItem[] {
  return chunk(targets, CAPACITY[kind]).map((part) => readItem(kind, part))
}

/**
 * Returns an item that reads these objects in one call. Its key is unique, because the objects left the
 * queue.
 */
export function readItem<Kind extends FetchKind>(
  kind: Kind,
  targets: QueuedFetch<Kind>[],
): NewItem {
  return {
    place: PLACE[kind],
    key: `${kind}:${randomUUID()}`,
    payload: { kind: `read ${kind}`, targets },
  } as NewItem
}

/**
 * Returns an item that reads what has gathered when nothing else is left to do. `after` makes its key unique.
 */
export function flushItem(of: FetchKind, after: string): NewItem {
  return {
    place: PLACE[of],
    key: `flush:${of}:${after}`,
    payload: { kind: 'flush', of },
    priority: PRIORITY.last,
  }
}

function chunk<T>(targets: T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let start = 0; start < targets.length; start += size)
    chunks.push(targets.slice(start, start + size))
  return chunks
}
