import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isOpenRun, notDeleted } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { completePullRequests } from '../complete/complete-pull-requests.ts'
import { type RawRecord, readRecordsOfSnapshots } from '../records/raw-records.ts'
import { LISTS } from '../tables/lists.ts'
import { mergeRows, writeRows } from '../tables/rows.ts'
import { type RecordRows, rowsOfRecords } from '../tables/rows-of-records.ts'
import { holdSnapshots, readSnapshots, type Snapshot } from '../window/snapshots.ts'

/** The snapshots of a pull request that have records, in the order of their start. */
interface History {
  nodeId: string
  snapshots: Snapshot[]
}

/**
 * Rebuilds pull requests by applying their snapshots one after the other, because a list that GitHub did not
 * return completely keeps rows of an earlier snapshot. Leaves alone pull requests that a run is reading, that
 * were deleted, or that have no records.
 *
 * @returns the ids of the pull requests whose passages changed.
 */
export async function replayPullRequests(pool: Pool, nodeIds: string[]): Promise<string[]> {
  const records = await readRecords(pool, nodeIds)
  const ids = [...new Set(records.flatMap((record) => record.snapshotId ?? []))]
  const snapshots = await readSnapshots(pool, ids)
  const built = await rowsOfRecords(records, new Map(snapshots.map((one) => [one.id, one])))
  if (built.length === 0) return []
  return transaction(pool, async (tx) => {
    const histories = await holdHistories(tx, snapshots)
    const before = await clearRows(
      tx,
      histories.map((one) => one.nodeId),
    )
    const changed = await writeHistories(tx, histories, built)
    await restoreFailures(tx, before)
    return changed
  })
}

/**
 * Reads the records of all but superseded snapshots. Deleted pull requests, and those that a run is reading,
 * are left out.
 */
async function readRecords(pool: Pool, nodeIds: string[]): Promise<RawRecord[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select s.id from snapshot s
     where s.node_id = any($1::text[]) and s.state <> 'superseded'
       and not exists (select from pull_request p
         where p.node_id = s.node_id and not ${notDeleted('p')})
       and not exists (select from snapshot o join run r on r.id = o.run_id
         where o.node_id = s.node_id and o.state = 'open'
           and ${isOpenRun('r')})`,
    [nodeIds],
  )
  return readRecordsOfSnapshots(
    pool,
    rows.map((row) => row.id),
  )
}

/** Locks the snapshots and groups them by pull request, without those that were read again meanwhile. */
async function holdHistories(tx: Queryable, snapshots: Snapshot[]): Promise<History[]> {
  const held = await holdSnapshots(
    tx,
    snapshots.map((one) => one.id),
  )
  const current = new Set(held.map((one) => one.nodeId))
  const histories = new Map<string, Snapshot[]>()
  for (const one of snapshots.toSorted((a, b) => Number(a.startedAt) - Number(b.startedAt)))
    if (current.has(one.nodeId))
      histories.set(one.nodeId, [...(histories.get(one.nodeId) ?? []), one])
  return [...histories].map(([nodeId, own]) => ({ nodeId, snapshots: own }))
}

type Before = { id: string; reading: unknown }[]

/**
 * Deletes the rows of the lists, which are restored from the records. Pull requests and passages keep their
 * ids, so they are only marked as older than every record.
 */
async function clearRows(tx: Queryable, nodeIds: string[]): Promise<Before> {
  const { rows } = await tx.query<{ id: string; reading: unknown }>(
    `select id, completeness -> 'reading' as reading from pull_request
     where node_id = any($1::text[]) order by node_id for update`,
    [nodeIds],
  )
  const ids = rows.map((row) => row.id)
  for (const { name } of LISTS)
    await tx.query(`delete from ${name} where pull_request_id = any($1::bigint[])`, [ids])
  await tx.query(
    `update pull_request set read_at = 'epoch', completeness = '{}' where id = any($1::bigint[])`,
    [ids],
  )
  await tx.query(`update passage set read_at = 'epoch' where pull_request_id = any($1::bigint[])`, [
    ids,
  ])
  return rows
}

async function writeHistories(
  tx: Queryable,
  histories: History[],
  built: RecordRows[],
): Promise<string[]> {
  const changed = new Set<string>()
  const most = Math.max(0, ...histories.map((one) => one.snapshots.length))
  for (let turn = 0; turn < most; turn++) {
    const snapshots = histories.flatMap((one) => one.snapshots[turn] ?? [])
    const ids = new Set(snapshots.map((one) => one.id))
    const rows = built.flatMap((one) => (ids.has(one.snapshotId) ? one.rows : []))
    const nodeIds = snapshots.map((one) => one.nodeId)
    const written = await writeRows(tx, mergeRows(rows), nodeIds)
    const completed = await completePullRequests(
      tx,
      snapshots.filter((one) => one.state === 'complete'),
    )
    for (const nodeId of written.changed) changed.add(written.ids.get(nodeId) ?? '')
    for (const one of completed) if (one.passagesDeleted) changed.add(one.id)
  }
  return [...changed]
}

/** Restores the marks of failed readings, because no record contains them. */
async function restoreFailures(tx: Queryable, before: Before): Promise<void> {
  const failed = before.filter((row) => row.reading !== null)
  if (failed.length === 0) return
  await tx.query(
    `update pull_request p set is_complete = false,
       completeness = p.completeness || jsonb_build_object('reading', f.reading)
     from unnest($1::bigint[], $2::jsonb[]) f (id, reading) where p.id = f.id`,
    [failed.map((row) => row.id), failed.map((row) => JSON.stringify(row.reading))],
  )
}
