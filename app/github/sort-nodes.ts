/**
 * Separates complete nodes from partial ones. Errors accompany data, each with the path of what it
 * invalidates; and a null in place of a requested node is a failure too, never a deletion.
 */
import type { AnswerError } from './client.ts'
import { MAX_PAGE } from './queries/query.ts'

type Nodes<Node> = (Node | null)[]

/**
 * Returns the complete nodes of a page.
 *
 * @param path path of the list within the answer, e.g. `['node', 'pullRequests', 'nodes']`.
 * @param lists fields of a node that hold lists; a null among the nodes of such a list makes it partial. A
 * list that is null because GitHub withholds it does not.
 */
export function completeNodes<Node extends object>(
  nodes: Nodes<Node>,
  errors: AnswerError[],
  path: (string | number)[],
  lists: (keyof Node)[],
): Node[] {
  const byIndex = groupByIndex(errors, path)
  return nodes.filter((node, index) => isComplete(node, byIndex.get(index) ?? [], lists)) as Node[]
}

/** Splits more ids than one list takes into the variables of a query with two lists. */
export function inTwoLists(ids: string[]): { ids: string[]; more: string[] } {
  return { ids: ids.slice(0, MAX_PAGE), more: ids.slice(MAX_PAGE) }
}

/** Objects requested by id, sorted by the result. */
export interface SortedNodes<Target, Node> {
  complete: { target: Target; node: Node }[]
  /** GitHub reports that they do not exist. */
  missing: Target[]
  /** GitHub reports that these credentials may not read them. */
  refused: { target: Target; reason: string }[]
  /** All others; they have to be requested again. */
  partial: Target[]
}

/**
 * Sorts requested objects by the result of their query.
 *
 * @param things objects in the order of their ids, in one list or two.
 * @param lists as for `completeNodes`.
 */
export function sortNodes<Target, Node extends object>(
  targets: Target[],
  { data, errors }: { data: { nodes: Nodes<Node>; more?: Nodes<Node> }; errors: AnswerError[] },
  lists: (keyof Node)[],
): SortedNodes<Target, Node> {
  const sorted: SortedNodes<Target, Node> = { complete: [], missing: [], refused: [], partial: [] }
  for (const [path, nodes, start] of [
    ['nodes', data.nodes, 0],
    ['more', data.more ?? [], MAX_PAGE],
  ] as const) {
    const byIndex = groupByIndex(errors, [path])
    for (const [index, node] of nodes.entries()) {
      const target = targets[start + index] as Target
      const own = byIndex.get(index) ?? []
      const refusal = own.find(isRefusal)
      if (isComplete(node, own, lists)) sorted.complete.push({ target, node })
      else if (!node && own.some(({ type }) => type === 'NOT_FOUND')) sorted.missing.push(target)
      else if (!node && refusal) sorted.refused.push({ target, reason: refusal.message })
      else sorted.partial.push(target)
    }
  }
  return sorted
}

function isComplete<Node extends object>(
  node: Node | null,
  errors: AnswerError[],
  lists: (keyof Node)[],
): node is Node {
  return (
    node !== null && errors.every(isRefusal) && !lists.some((list) => hasHole(node[list], errors))
  )
}

function isRefusal(error: AnswerError): boolean {
  return error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES'
}

/** A list is partial if it contains a null, or is itself null without an error that explains it. */
function hasHole(list: unknown, errors: AnswerError[]): boolean {
  if (list === undefined) return false
  if (list === null) return errors.length === 0
  const { nodes } = list as { nodes?: unknown[] }
  return Array.isArray(nodes) && nodes.some((node) => node === null)
}

function groupByIndex(
  errors: AnswerError[],
  path: (string | number)[],
): Map<number, AnswerError[]> {
  const groups = new Map<number, AnswerError[]>()
  for (const error of errors) {
    const index = error.path[path.length]
    if (typeof index !== 'number' || !path.every((part, depth) => error.path[depth] === part))
      continue
    groups.set(index, [...(groups.get(index) ?? []), error])
  }
  return groups
}
