import type { GraphQLResolveInfo } from 'graphql'
import type { ResolvedField } from '../faults/field-faults.ts'
import type { Identity } from '../world/access.ts'
import type { PullRequest } from '../world/model.ts'
import type { World } from '../world/world.ts'
import type { Cost } from './cost.ts'
import { cutPage, type List, type PageArgs } from './paging.ts'

/** The context of a query while it is answered: identity, cost and active faults. */
export type Resolution = {
  world: World
  identity: Identity
  webUrl: string
  cost: Cost
  /** Null on an Enterprise Server without limits. */
  budget: { limit: number; remaining: number; used: number; resetAt: string } | null
  /** True if the client requested ids of the new format even for objects with an old one. */
  wantsNextIds: boolean
  /** Called for every node of a list; a returned error replaces the node with null and that error. */
  admit: (node: unknown) => unknown
  /** Called before anything nested in a pull request is read; throws where GitHub would give up. */
  approach: (pull: PullRequest) => void
  /** Called for a list of a repository or pull request; returns the items and the total that are answered. */
  show: <T>(list: string, items: readonly T[]) => { items: T[]; total: number }
  /** Called for every field; returns the value that is answered, or throws. */
  alter: (field: ResolvedField, value: unknown) => unknown
}

/** Resolvers of one schema type by field; every other field is read from the record itself. */
export type Resolvers<Source> = Record<
  string,
  (source: Source, args: never, reading: Resolution, info: GraphQLResolveInfo) => unknown
>

/** Returns a connection; nodes are admitted one by one, each before its own fields are read. */
export function connect<T>(
  list: List<T>,
  args: PageArgs,
  reading: Resolution,
  wrap: (node: T) => unknown = (node) => node,
) {
  const page = cutPage(list, args)
  return {
    totalCount: page.totalCount,
    pageInfo: page.pageInfo,
    nodes: lazily(page.entries, ({ node }) => reading.admit(wrap(node))),
    edges: lazily(page.entries, ({ node, cursor }) => {
      const admitted = reading.admit(wrap(node))
      return admitted instanceof Error ? admitted : { cursor, node: admitted }
    }),
  }
}

/** Returns a connection of a list in a fixed order, where the place is the index. */
export function connectInOrder<T>(
  items: readonly T[] | { items: T[]; total: number },
  args: PageArgs,
  reading: Resolution,
  wrap?: (node: T) => unknown,
) {
  const list = 'items' in items ? items : { items }
  return connect({ ...list, place: (_, index) => [index, 0] }, args, reading, wrap)
}

// An array would be filled before the fields of the first node are read, so a node budget would run out on
// the last list instead of in the middle of the page.
function lazily<T>(items: readonly T[], give: (item: T) => unknown): Iterable<unknown> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield give(item)
    },
  }
}
