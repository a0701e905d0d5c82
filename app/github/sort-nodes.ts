/**
 * Tells nodes that came whole from those that did not. Errors come beside data, each with the path of
 * what it spoils; and a null where a node was asked for is a failure too, never a deletion.
 */
import type { AnswerError } from './client.ts'

export interface SortedNodes<Node> {
  whole: { index: number; node: Node }[]
  /** GitHub says that they do not exist. */
  gone: number[]
  /** GitHub says that these credentials may not read them. */
  refused: { index: number; message: string }[]
  /** Anything else: to be asked for again. */
  spoiled: number[]
}

/**
 * @param path of the list within the answer, e.g. `['nodes']`.
 * @param lists fields of a node that hold lists: a null among their nodes spoils it. A list that is
 * null because GitHub withholds it does not.
 */
export function sortNodes<Node extends object>(
  nodes: (Node | null)[],
  errors: AnswerError[],
  path: (string | number)[],
  lists: (keyof Node)[] = [],
): SortedNodes<Node> {
  const sorted: SortedNodes<Node> = { whole: [], gone: [], refused: [], spoiled: [] }
  const byIndex = groupByIndex(errors, path)
  for (const [index, node] of nodes.entries()) {
    const own = byIndex.get(index) ?? []
    const refusal = own.find(isRefusal)
    if (node === null && own.some((error) => error.type === 'NOT_FOUND')) sorted.gone.push(index)
    else if (node === null && refusal) sorted.refused.push({ index, message: refusal.message })
    else if (
      node === null ||
      !own.every(isRefusal) ||
      lists.some((list) => hasHole(node[list], own))
    )
      sorted.spoiled.push(index)
    else sorted.whole.push({ index, node })
  }
  return sorted
}

function isRefusal(error: AnswerError): boolean {
  return error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES'
}

/** A list without an error that is null, or that has a null among its nodes, is not whole. */
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
    if (typeof index !== 'number' || !path.every((part, at) => error.path[at] === part)) continue
    groups.set(index, [...(groups.get(index) ?? []), error])
  }
  return groups
}
