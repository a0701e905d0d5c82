import type { GraphQLResolveInfo } from 'graphql'
import type { Identity } from '../world/access.ts'
import type { PullRequest } from '../world/model.ts'
import type { World } from '../world/world.ts'
import type { Cost } from './cost.ts'
import { cutPage, type List, type PageArgs } from './paging.ts'

/** One query being answered: who asks, what it costs, and what stands in its way. */
export type Reading = {
  world: World
  identity: Identity
  webUrl: string
  cost: Cost
  /** Null on an Enterprise Server without limits. */
  budget: { limit: number; remaining: number; used: number; resetAt: string } | null
  /** Whether ids of the new format are asked for also where an old one exists. */
  wantsNextIds: boolean
  /** Called for every node of a list; an error instead of the node makes it null with that error. */
  admit: (node: unknown) => unknown
  /** Called before anything nested of a pull request is read; throws when GitHub would give up. */
  approach: (pull: PullRequest) => void
  /** Called for a list of a repository or a pull request; true when it is wrongly answered empty. */
  hides: (field: string) => boolean
}

/** Resolvers of one schema type by field; every other field is read off the record itself. */
export type Resolvers<Source> = Record<
  string,
  (source: Source, args: never, reading: Reading, info: GraphQLResolveInfo) => unknown
>

/** A connection as GraphQL reads it; nodes are admitted one by one, each before its own fields. */
export function connect<T>(
  list: List<T>,
  args: PageArgs,
  reading: Reading,
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

/** For lists that keep their order: the place is the index. */
export function connectInOrder<T>(
  items: readonly T[],
  args: PageArgs,
  reading: Reading,
  wrap?: (node: T) => unknown,
) {
  return connect({ items, place: (_, index) => [index, 0] }, args, reading, wrap)
}

// An array would be filled before the first node's own fields are read, so a budget of nodes would
// run out on the last list instead of in the middle of the page.
function lazily<T>(items: readonly T[], give: (item: T) => unknown): Iterable<unknown> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield give(item)
    },
  }
}
