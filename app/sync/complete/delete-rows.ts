/** Deletion of rows that are no longer in the lists of pull requests. */

import { snakeCase, type Table } from '#app/database/define-table.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { forgetPassages } from '#app/search/write/forget-passages.ts'
import { deleteUnheld } from '../tables/commits.ts'
import { LISTS, type ListTable } from '../tables/lists.ts'

/** A pull request with outdated rows. */
export interface Outdated {
  id: string
  /** Start of the snapshot; rows read earlier are outdated. Infinity for all rows. */
  startedAt: Date | 'infinity'
}

const OUTDATED = `using unnest($1::bigint[], $2::timestamptz[]) w (id, stamp)
  where x.pull_request_id = w.id and x.read_at < w.stamp`

function deleteParameters(outdated: Outdated[]): unknown[] {
  return [outdated.map((one) => one.id), outdated.map((one) => one.startedAt)]
}

/** Deletes the outdated rows of one list and leaves a tombstone for each. */
export async function deleteRows(
  tx: Queryable,
  table: ListTable,
  outdated: Outdated[],
): Promise<void> {
  if (outdated.length === 0) return
  if (table.list === 'commits') return dropCommits(tx, outdated)
  if (table.list === 'files') return dropFiles(tx, outdated)
  await tx.query(
    `with x as (delete from ${table.name} x ${OUTDATED} returning x.*)
     ${buryAs(tombstoneOf(table, 'x'))}`,
    deleteParameters(outdated),
  )
}

async function dropCommits(tx: Queryable, outdated: Outdated[]): Promise<void> {
  const { rows } = await tx.query<{ repositoryId: string; oid: string }>(
    `with x as (delete from pull_request_commit x ${OUTDATED} returning x.*)
     select p.repository_id, x.oid from x join pull_request p on p.id = x.pull_request_id`,
    deleteParameters(outdated),
  )
  await deleteUnheld(tx, rows)
}

/** Changed files have no ids of their own, so they leave no tombstones. */
async function dropFiles(tx: Queryable, outdated: Outdated[]): Promise<void> {
  await tx.query(`delete from pull_request_file x ${OUTDATED}`, deleteParameters(outdated))
}

/** Returns an insert of tombstones, which record that an object existed but nothing of its content. */
export function buryAs(rows: string): string {
  return `insert into tombstone (kind, node_id, repository_id, created_at) ${rows}
    on conflict (kind, node_id) do nothing`
}

/** Returns a query for the tombstones of the rows `x`, which the FROM clause `source` yields. */
export function tombstoneOf({ name, columns }: Table, source: string): string {
  const createdAt = 'createdAt' in columns ? 'x.created_at' : 'null::timestamptz'
  return `select '${name}', x.node_id, x.repository_id, ${createdAt} from ${source}`
}

// A passage stays as long as its source row does, even if the list of that row was incomplete.
const HAS_NO_ROW = LISTS.flatMap((table) => {
  if (!table.passage) return []
  const source = snakeCase(table.key.at(-1) as string)
  return `not exists (select from ${table.name} s where x.kind = '${table.passage}'
    and s.pull_request_id = w.id and s.${source} = x.source_id and s.read_at < w.stamp)`
}).join(' and ')

/**
 * Deletes outdated passages whose source rows are deleted too.
 *
 * @returns the ids of the pull requests that lost a passage.
 */
export async function deletePassages(tx: Queryable, outdated: Outdated[]): Promise<string[]> {
  if (outdated.length === 0) return []
  const forgotten = await forgetPassages(
    tx,
    `${OUTDATED} and ${HAS_NO_ROW}`,
    deleteParameters(outdated),
  )
  return forgotten.flatMap(({ pullRequestId }) => pullRequestId ?? [])
}
