/** Reads from a plan which columns of a result may be null. */
import type pg from 'pg'

interface Node {
  Alias?: string
  Output?: string[]
  'Join Type'?: string
  'Parent Relationship'?: string
  Plans?: Node[]
  [detail: string]: unknown
}

interface Plan {
  /** The expression of each column; a column of a table is `alias.column`. */
  outputs: string[]
  /** Aliases of tables that an outer join may leave out. */
  optional: Set<string>
  conditions: string[]
}

/** @param client its `plan_cache_mode` must be `force_generic_plan`, which plans without values. */
export async function planOf(
  client: pg.ClientBase,
  sql: string,
  parameters: number,
): Promise<Plan> {
  const nulls = parameters > 0 ? `(${Array(parameters).fill('null').join(', ')})` : ''
  await client.query(`prepare planned as ${sql}`)
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `explain (verbose, format json) execute planned${nulls}`,
    )
    const [row] = rows as [(typeof rows)[number]]
    const [{ Plan: root }] = row['QUERY PLAN']
    return { outputs: root.Output ?? [], ...read(root) }
  } finally {
    await client.query('deallocate planned')
  }
}

function read(root: Node): Pick<Plan, 'optional' | 'conditions'> {
  const nodes = within(root)
  const optional = nodes.flatMap((node) =>
    (node.Plans ?? []).filter((child) => isOptional(node, child)).flatMap(within),
  )
  const details = nodes.flatMap((node) => Object.entries(node))
  return {
    optional: new Set(optional.flatMap(({ Alias }) => Alias ?? [])),
    conditions: details
      .filter(([name]) => /(Cond|Filter)$/.test(name))
      .map(([, one]) => String(one)),
  }
}

function within(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(within)]
}

function isOptional({ 'Join Type': join }: Node, { 'Parent Relationship': side }: Node): boolean {
  if (join === 'Full') return side === 'Inner' || side === 'Outer'
  return (join === 'Left' && side === 'Inner') || (join === 'Right' && side === 'Outer')
}

/**
 * Returns true if a column may be null: an outer join may omit its table, or it is nullable and no condition
 * rejects null. Expressions are not checked.
 */
export function mayBeNull(
  { outputs, optional, conditions }: Plan,
  index: number,
  isNullable: boolean,
): boolean {
  const output = outputs[index] ?? ''
  // The output has no alias if the statement reads one table; conditions always have one.
  const [column, alias] = /^(?:(\w+)\.)?\w+$/.exec(output) ?? []
  if (alias && optional.has(alias)) return true
  const rejects = conditions.some((condition) =>
    new RegExp(`\\b${column}\\b(?! IS NULL)`).test(condition),
  )
  return isNullable && !(column && rejects)
}
