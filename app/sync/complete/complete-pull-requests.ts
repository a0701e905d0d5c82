/**
 * Completes pull requests of which everything was read: compares them with GitHub's counts, and deletes what
 * is no longer part of them.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { LISTS, type ListTable } from '../tables/lists.ts'
import { closeGaps, noteGaps } from '../window/gaps.ts'
import type { Totals } from '../window/snapshots.ts'
import {
  type Changes,
  type Completeness,
  type Counts,
  type Judgement,
  judgeLists,
  keepsFiles,
  type ListName,
} from './completeness.ts'
import { deletePassages, deleteRows } from './delete-rows.ts'

/** A pull request whose records are all in the tables. */
export interface ReadPullRequest {
  nodeId: string
  /** Start of the snapshot; rows with an earlier start were not part of it. */
  startedAt: Date
  totals: Totals
}

export interface Completed extends Judgement {
  id: string
  nodeId: string
  repositoryId: string
  /** `owner/name#number` */
  name: string
  startedAt: Date
  /** True if it was a gap until now. */
  wasGap: boolean
  /** True if passages were deleted. */
  passagesDeleted: boolean
  /** True if rows of an earlier snapshot stay, because GitHub did not return their list completely. */
  keepsOlder: boolean
}

/** @param wholes distinct pull requests, whose snapshots the caller has locked. */
export async function completePullRequests(
  tx: Queryable,
  pullRequests: ReadPullRequest[],
): Promise<Completed[]> {
  if (pullRequests.length === 0) return []
  const counted = await countStoredRows(tx, pullRequests)
  const completed: Completed[] = counted.map(
    ({ counts, before, current, olderPassages, ...row }) => {
      const complete = pullRequests.find((one) => one.nodeId === row.nodeId) as ReadPullRequest
      const judgement = judgeLists(complete.totals, counts, { before, current })
      const kept = LISTS.filter(
        ({ list }) => counts[list].older > 0 && !judgement.complete.has(list),
      )
      return {
        ...row,
        ...judgement,
        startedAt: complete.startedAt,
        passagesDeleted: olderPassages > 0,
        keepsOlder: kept.length > 0,
      }
    },
  )
  await deleteOlder(tx, completed, counted)
  await tx.query(
    `update pull_request p set completeness = w.lists, is_complete = w.is_complete,
       checked_at = w.at
     from unnest($1::bigint[], $2::jsonb[], $3::boolean[], $4::timestamptz[])
       w (id, lists, is_complete, at)
     where p.id = any($1::bigint[]) and p.id = w.id`,
    [
      completed.map((one) => one.id),
      completed.map((one) => JSON.stringify(one.lists)),
      completed.map((one) => one.isComplete),
      completed.map((one) => one.startedAt),
    ],
  )
  return completed
}

/** Closes the gaps of complete pull requests, and records the incomplete ones as gaps. */
export async function noteCompleted(
  tx: Queryable,
  runId: string,
  completed: Completed[],
): Promise<void> {
  const missing = completed.filter((one) => !one.isComplete)
  await noteGaps(
    tx,
    runId,
    missing.map(({ repositoryId, nodeId, name, message }) => ({
      repositoryId,
      kind: 'pull_request',
      nodeId,
      name,
      reason: message,
    })),
  )
  const complete = completed.filter((one) => one.isComplete && one.wasGap)
  await closeGaps(
    tx,
    'pull_request',
    complete.map((one) => one.nodeId),
  )
}

interface Counted {
  id: string
  nodeId: string
  repositoryId: string
  name: string
  before: Completeness
  current: Changes
  wasGap: boolean
  counts: Record<ListName, Counts>
  olderPassages: number
}

const OLDER = 'count(*) filter (where x.read_at < w.stamp)::int'
const COUNTS = LISTS.map(
  ({ list, name }) => `'${list}', (select json_build_object(
    'read', count(*) filter (where x.read_at >= w.stamp), 'older', ${OLDER})
    from ${name} x where x.pull_request_id = p.id)`,
).join(', ')
// These three lists are columns of the pull request's own row. If a later snapshot has overwritten it, they
// count as fully read.
const OWN_COUNTS = `'labels', cardinality(p.labels), 'assignees', cardinality(p.assignee_ids),
  'closingIssues', jsonb_array_length(p.closing_issues)`

async function countStoredRows(tx: Queryable, pullRequests: ReadPullRequest[]): Promise<Counted[]> {
  type Row = Omit<Counted, 'counts'> & {
    counts: Record<ListTable['list'], Counts>
    own: Record<'labels' | 'assignees' | 'closingIssues', number>
    later: boolean
  }
  const { rows } = await tx.query<Row>(
    `select p.id, p.node_id, p.repository_id,
       r.full_name || '#' || p.number as name, p.completeness as before, p.read_at > w.stamp as later,
       json_build_object('head', p.head_ref_oid, 'changedFiles', p.changed_files) as current,
       exists (select from gap g where g.kind = 'pull_request' and g.node_id = p.node_id) as was_gap,
       json_build_object(${COUNTS}) as counts, json_build_object(${OWN_COUNTS}) as own,
       (select ${OLDER} from passage x where x.pull_request_id = p.id) as older_passages
     from unnest($1::text[], $2::timestamptz[]) w (node_id, stamp)
       join pull_request p on p.node_id = any($1::text[]) and p.node_id = w.node_id
       join repository r on r.id = p.repository_id
     order by p.id`,
    [pullRequests.map((one) => one.nodeId), pullRequests.map((one) => one.startedAt)],
  )
  const totals = new Map(pullRequests.map((one) => [one.nodeId, one.totals]))
  return rows.map(({ own, later, ...row }) => {
    const expected = totals.get(row.nodeId) as Totals
    const count = (list: keyof typeof own) => ({
      read: later ? (expected[list] ?? 0) : own[list],
      older: 0,
    })
    const { files } = row.counts
    const counts = {
      ...row.counts,
      // A list that stays is of a head, whatever snapshot is complete now.
      files: keepsFiles(row.before, expected, row.current)
        ? { read: files.read + files.older, older: 0 }
        : files,
      labels: count('labels'),
      assignees: count('assignees'),
      closingIssues: count('closingIssues'),
    }
    return { ...row, counts }
  })
}

async function deleteOlder(
  tx: Queryable,
  completed: Completed[],
  counted: Counted[],
): Promise<void> {
  const counts = new Map(counted.map((row) => [row.id, row]))
  for (const table of LISTS) {
    const isOlder = (one: Completed) => (counts.get(one.id)?.counts[table.list].older ?? 0) > 0
    const due = completed.filter((one) => one.complete.has(table.list) && isOlder(one))
    await deleteRows(tx, table, due)
  }
  const stale = completed.filter((one) => one.passagesDeleted)
  const deleted = new Set(await deletePassages(tx, stale))
  for (const one of stale) one.passagesDeleted = deleted.has(one.id)
}
