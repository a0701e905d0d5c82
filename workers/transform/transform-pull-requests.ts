import type { Logger } from '#app/config/logger.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import type { ClaimedItem, Outcome } from '#app/ledger/work-items.ts'
import { type RawRecord, readMainRecords, readRawRecords } from '#app/sync/records/raw-records.ts'
import { findPullRequests } from '#app/sync/tables/pull-requests.ts'
import { mergeRows, writeRows } from '#app/sync/tables/rows.ts'
import { type RecordRows, rowsOfRecords } from '#app/sync/tables/rows-of-records.ts'
import {
  changeSnapshotParts,
  holdSnapshots,
  notePassagesChanged,
  readSnapshots,
  type Snapshot,
} from '#app/sync/window/snapshots.ts'
import type { Settlement } from '../handlers.ts'
import { endComplete } from './end-complete.ts'

type SnapshotItem = ClaimedItem<'github_prs_commits_reviews_comments/transform'>

/** A batch of items with their records and rows. */
interface Batch {
  items: SnapshotItem[]
  /** By item id; only records of snapshots that may still be written. */
  records: Map<string, RawRecord>
  rows: RecordRows[]
}

/**
 * Writes the rows of records in any order, and completes the snapshots whose last record was among them. A
 * record that was deleted or whose snapshot has ended is a no-op, except that the rows of a failed snapshot
 * are written, because there are no better ones.
 */
export async function transformPullRequests(
  pool: Pool,
  items: SnapshotItem[],
  logger: Logger,
): Promise<Settlement> {
  const batch = await readRecords(pool, items, logger)
  if (batch.records.size === 0) return async () => items.map(() => ({ state: 'done' }))
  return (tx) => settleBatch(tx, batch)
}

async function readRecords(pool: Pool, items: SnapshotItem[], logger: Logger): Promise<Batch> {
  const ids = items.map((item) => item.payload.recordId)
  const found = await readRawRecords(pool, [...new Set(ids)])
  const snapshots = new Map(
    (await readSnapshots(pool, snapshotIdsOf(found))).map((one) => [one.id, one]),
  )
  const wanted = found.filter((record) => isWritten(snapshots.get(record.snapshotId ?? '')))
  const byId = new Map(wanted.map((record) => [record.id, record]))
  const records = new Map(
    items.flatMap((item) => {
      const record = byId.get(item.payload.recordId)
      return record ? [[item.id, record] as const] : []
    }),
  )
  const missing = await readMissingMains(pool, wanted, snapshots)
  const rows = [
    ...(await rowsOfRecords(missing, snapshots, { alone: true, logger })),
    ...(await rowsOfRecords(wanted, snapshots, { logger })),
  ]
  return { items, records, rows }
}

/** Reads the main records of pull requests whose nested records are processed first. */
async function readMissingMains(
  pool: Pool,
  records: RawRecord[],
  snapshots: Map<string, Snapshot>,
): Promise<RawRecord[]> {
  const here = new Set(
    records.filter(({ kind }) => kind === 'pull_request').map((record) => record.snapshotId),
  )
  const apart = snapshotIdsOf(records.filter((record) => !here.has(record.snapshotId)))
  if (apart.length === 0) return []
  const wanted = apart.flatMap((id) => snapshots.get(id) ?? [])
  const known = await findPullRequests(
    pool,
    wanted.map((one) => one.nodeId),
  )
  const missing = wanted.filter(({ nodeId, startedAt }) => {
    const stored = known.get(nodeId)
    return !stored || stored.readAt < startedAt
  })
  return missing.length === 0
    ? []
    : readMainRecords(
        pool,
        missing.map((one) => one.id),
      )
}

function snapshotIdsOf(records: RawRecord[]): string[] {
  return [...new Set(records.flatMap((record) => record.snapshotId ?? []))]
}

function isWritten(snapshot: Snapshot | undefined): boolean {
  return snapshot?.state === 'open' || snapshot?.state === 'failed'
}

async function settleBatch(tx: Queryable, { items, records, rows }: Batch): Promise<Outcome[]> {
  const held = await holdSnapshots(tx, snapshotIdsOf([...records.values()]))
  const snapshots = new Map(held.filter(isWritten).map((one) => [one.id, one]))
  const written = rows.filter(({ snapshotId }) => snapshots.has(snapshotId))
  const { changed } = await writeRows(
    tx,
    mergeRows(written.map((one) => one.rows)),
    [...snapshots.values()].map((one) => one.nodeId),
  )
  const hasChanged = (one: Snapshot) => changed.has(one.nodeId)
  const failed = [...snapshots.values()].filter((one) => one.state === 'failed' && hasChanged(one))
  await notePassagesChanged(
    tx,
    failed.map((one) => one.id),
  )
  // Parts of superseded snapshots are counted down too, so that their repository syncs end.
  const open = await changeSnapshotParts(
    tx,
    items.flatMap((item) => {
      const snapshotId = records.get(item.id)?.snapshotId
      if (!snapshotId) return []
      const snapshot = snapshots.get(snapshotId)
      return { snapshotId, parts: -1, passagesChanged: snapshot ? hasChanged(snapshot) : false }
    }),
  )
  const outcomes = await endComplete(
    tx,
    items[0]?.runId as string,
    open.filter((one) => one.openParts === 0),
    snapshots,
  )
  return outcomesInOrder(items, records, outcomes)
}

/**
 * Returns the outcome of each item; the last record of an ended snapshot carries the outcome of the snapshot.
 */
function outcomesInOrder(
  items: SnapshotItem[],
  records: Map<string, RawRecord>,
  ended: Map<string, Outcome>,
): Outcome[] {
  const left = new Map(ended)
  const outcomes = items.toReversed().map((item): Outcome => {
    const snapshotId = records.get(item.id)?.snapshotId ?? ''
    const outcome = left.get(snapshotId)
    left.delete(snapshotId)
    return outcome ?? { state: 'done' }
  })
  return outcomes.reverse()
}
