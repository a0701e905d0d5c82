import { setImmediate } from 'node:timers/promises'
import type { Logger } from '#app/config/logger.server.ts'
import { rowsOfParts } from '#app/search/write/index-passages.ts'
import { splitTexts } from '#app/search/write/split-texts.ts'
import type { RawRecord } from '../records/raw-records.ts'
import type { Snapshot } from '../window/snapshots.ts'
import type { Nested } from './nested.ts'
import { type Rows, rowsOfMain, rowsOfNested, rowsOfPullRequest, type UnsplitRows } from './rows.ts'

export interface RecordRows {
  snapshotId: string
  rows: Rows
}

/**
 * Converts the records of pull requests to rows, each with its snapshot. Yields to the event loop between two
 * records, and between their texts; records with much text are split in threads.
 *
 * @param options.alone if true, only the pull request itself is converted, without its lists.
 */
export async function rowsOfRecords(
  records: RawRecord[],
  snapshots: Map<string, Snapshot>,
  { alone = false, logger }: { alone?: boolean; logger?: Logger } = {},
): Promise<RecordRows[]> {
  const built: RecordRows[] = []
  for (const record of records) {
    const snapshot = snapshots.get(record.snapshotId ?? '')
    if (!snapshot) continue
    const origin = originOf(snapshot)
    const { texts, ...rows } = rowsOfRecord(record, origin, alone)
    const parts = await splitTexts(texts, logger)
    const passages = texts.flatMap((text, index) => rowsOfParts(text, parts[index] ?? [], origin))
    built.push({ snapshotId: snapshot.id, rows: { ...rows, passages } })
    await setImmediate()
  }
  return built
}

function originOf({ repositoryId, nodeId, startedAt }: Snapshot): Nested {
  return { repositoryId, pullRequest: nodeId, readAt: startedAt.toISOString() }
}

function rowsOfRecord(record: RawRecord, origin: Nested, alone: boolean): UnsplitRows {
  if (record.kind === 'repository') throw new Error(`Record ${record.id} is of a repository`)
  if (record.kind === 'nested') return rowsOfNested(record.body, origin)
  const node = record.body.pullRequest
  return alone ? rowsOfMain(node, origin) : rowsOfPullRequest(node, origin)
}
