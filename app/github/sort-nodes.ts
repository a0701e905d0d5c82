/**
 * Separates complete nodes from partial ones. Errors accompany data, each with the path of what it
 * invalidates; and a null in place of a requested node is a failure too, never a deletion.
 */
import type { AnswerError } from './client.ts'
import { MAX_PAGE } from './queries/query.ts'

type Nodes<Node> = (Node | null)[]

/** The fields of a node that hold lists. */
export interface NodeLists<Node> {
  /** A null among their nodes makes the node partial, unless GitHub refuses it. */
  own: readonly (keyof Node & string)[]
  /**
   * Lists of things elsewhere, which these credentials may not read: a null counts as withheld once a second
   * answer has confirmed it.
   */
  foreign?: readonly (keyof Node & string)[]
}

/**
 * Returns the complete nodes of a page. A list that is null because GitHub withholds it is complete.
 *
 * @param path path of the list within the answer, e.g. `['node', 'pullRequests', 'nodes']`.
 */
export function completeNodes<Node extends object>(
  nodes: Nodes<Node>,
  errors: AnswerError[],
  path: (string | number)[],
  lists: NodeLists<Node>,
): Node[] {
  const byIndex = groupByIndex(errors, path)
  return nodes.filter((node, index) =>
    isComplete(node, byIndex.get(index) ?? [], { lists, isConfirmed: false }),
  ) as Node[]
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
 * @param things objects in the order of their ids, in one list or two, with the number of earlier answers in
 * which each was partial: a null that GitHub repeats is believed where it does not hide the object itself.
 */
export function sortNodes<Target, Node extends object>(
  targets: Target[],
  { data, errors }: { data: { nodes: Nodes<Node>; more?: Nodes<Node> }; errors: AnswerError[] },
  lists: NodeLists<Node>,
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
      if (isComplete(node, own, { lists, isConfirmed: failuresOf(target) > 0 }))
        sorted.complete.push({ target, node })
      else if (!node && own.some(({ type }) => type === 'NOT_FOUND')) sorted.missing.push(target)
      else if (!node && refusal) sorted.refused.push({ target, reason: refusal.message })
      else sorted.partial.push(target)
    }
  }
  return sorted
}

function failuresOf(target: unknown): number {
  const { failures = 0 } = Object(target) as { failures?: number }
  return failures
}

/** @param errors errors of this node, with paths that start at it. */
function isComplete<Node extends object>(
  node: Node | null,
  errors: AnswerError[],
  { lists, isConfirmed }: { lists: NodeLists<Node>; isConfirmed: boolean },
): node is Node {
  if (node === null || !(isConfirmed || errors.every(isRefusal))) return false
  const all = [...lists.own, ...(lists.foreign ?? [])]
  return all.every((list) => {
    const refusals = errors.filter((error) => error.path[0] === list && isRefusal(error))
    const isForeign = !lists.own.includes(list)
    return !hasHole(node[list], refusals, { isForeign, isConfirmed })
  })
}

export function isRefusal({ type }: Pick<AnswerError, 'type'>): boolean {
  return type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES'
}

/** A list as an answer contains it, with what the errors say about its nulls. */
interface Answered {
  nodes?: unknown[]
  pageInfo?: { hasNextPage: boolean; endCursor: string | null }
  /** Why nodes are null. */
  withheld?: string
}

/**
 * True for a list that is null without a refusal that explains it, contains such a null, or has a next page
 * without a cursor. The reason of a refusal is kept in the list. A list that a second answer ends without a
 * cursor ends there, and is incomplete.
 */
function hasHole(
  list: unknown,
  refusals: AnswerError[],
  { isForeign, isConfirmed }: { isForeign: boolean; isConfirmed: boolean },
): boolean {
  if (list === undefined) return false
  if (list === null) return refusals.length === 0
  const answered = list as Answered
  const { hasNextPage, endCursor } = answered.pageInfo ?? {}
  if (!isConfirmed && hasNextPage && endCursor === null) return true
  if (!answered.nodes?.includes(null)) return false
  const refused = new Set(refusals.map(({ path }) => path[2]))
  const [reason] = refusals
  if (reason) answered.withheld = reason.message
  if (isForeign && isConfirmed) return false
  return answered.nodes.some((node, index) => node === null && !refused.has(index))
}

/** Returns the errors of each node, with paths that start at the node. */
function groupByIndex(
  errors: AnswerError[],
  path: (string | number)[],
): Map<number, AnswerError[]> {
  const groups = new Map<number, AnswerError[]>()
  for (const error of errors) {
    const index = error.path[path.length]
    if (typeof index !== 'number' || !path.every((part, depth) => error.path[depth] === part))
      continue
    const own = { ...error, path: error.path.slice(path.length + 1) }
    groups.set(index, [...(groups.get(index) ?? []), own])
  }
  return groups
}
