import type { Queryable } from '#app/database/pool.server.ts'

interface PlanNode {
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Heap Fetches'?: number
  Plans?: PlanNode[]
}

export interface Reading {
  statement: string
  /** Rows that the scans of tables and indexes returned or threw away. */
  read: number
  /** Those of them that were read from a table: the others are in an index alone. */
  fetched: number
}

/** Wraps a handle so that the plan of each statement is run and measured beside it. */
export function measuring(db: Queryable): { db: Queryable; readings: Reading[] } {
  const readings: Reading[] = []
  async function query<Row extends object>(text: string, values?: readonly unknown[]) {
    const explained = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, timing off, format json) ${text}`,
      values,
    )
    const result = await db.query<Row>(text, values)
    const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan as PlanNode
    readings.push({ statement: text, read: rowsRead(plan), fetched: rowsFetched(plan) })
    return result
  }
  return { db: { query }, readings }
}

/** Counts what is read of tables and indexes; the rows of a subquery that is scanned again are in memory. */
function rowsRead(node: PlanNode): number {
  const isScan = /Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan/.test(node['Node Type'])
  const each =
    node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)
  const own = isScan ? each * node['Actual Loops'] : 0
  return (node.Plans ?? []).reduce((sum, plan) => sum + rowsRead(plan), own)
}

function rowsFetched(node: PlanNode): number {
  const { 'Node Type': type, 'Heap Fetches': fetches = 0, Plans: plans = [] } = node
  const own = type === 'Index Only Scan' ? fetches : rowsRead({ ...node, Plans: [] })
  return plans.reduce((sum, plan) => sum + rowsFetched(plan), own)
}
