import { setImmediate } from 'node:timers/promises'
import type { RawRecord } from '../records/raw-records.ts'
import type { Snapshot } from '../window/snapshots.ts'
import { type Rows, rowsOfMain, rowsOfNested, rowsOfPullRequest } from './rows.ts'

export interface RecordRows {
  snapshotId: string
  rows: Rows
}

/**
 * Converts the records of pull requests to rows, each with its snapshot. Yields to the event loop between two
 * records.
 *
 * @param alone if true, only the pull request itself is converted, without its lists.
 */
export async function rowsOfRecords(
  records: RawRecord[],
  snapshots: Map<string, Snapshot>,
  { alone = false } = {},
): Promise<RecordRows[]> {
  const built: RecordRows[] = []
  for (const record of records) {
    const snapshot = snapshots.get(record.snapshotId ?? '')
    if (!snapshot) continue
    built.push({ snapshotId: snapshot.id, rows: rowsOfRecord(record, snapshot, alone) })
    await setImmediate()
  }
  return built
}

function rowsOfRecord(record: RawRecord, snapshot: Snapshot, alone: boolean): Rows {
  const origin = {
    repositoryId: snapshot.repositoryId,
    pullRequest: snapshot.nodeId,
    readAt: snapshot.startedAt.toISOString(),
  }
  if (record.kind === 'repository') throw new Error(`Record ${record.id} is of a repository`)
  if (record.kind === 'nested') return rowsOfNested(record.body, origin)
  const node = record.body.pullRequest
  return alone ? rowsOfMain(node, origin) : rowsOfPullRequest(node, origin)
}
