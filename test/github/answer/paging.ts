import { GraphQLError } from 'graphql'

/** Position of an item in its list: a value, followed by the id that separates equal values. */
export type Place = readonly [string | number, number]

export type PageArgs = {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
}

export type List<T> = {
  /** Items in reading order. */
  items: readonly T[]
  /** Set if more items are counted than there are. */
  total?: number
  place: (item: T, index: number) => Place
  descending?: boolean
}

export type Page<T> = {
  totalCount: number
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
  entries: { node: T; cursor: string }[]
}

function writeCursor(place: Place): string {
  return Buffer.from(`cursor:v2:${JSON.stringify(place)}`).toString('base64')
}

function readCursor(cursor: string): Place {
  const text = Buffer.from(cursor, 'base64').toString('utf8')
  try {
    const place = JSON.parse(text.slice('cursor:v2:'.length))
    if (text.startsWith('cursor:v2:') && Array.isArray(place) && place.length === 2) {
      return place as unknown as Place
    }
  } catch {
    // Falls through to the rejection below, like any other invalid cursor.
  }
  throw new GraphQLError(`\`${cursor}\` does not appear to be a valid cursor.`, {
    extensions: { type: 'INVALID_CURSOR_ARGUMENTS' },
  })
}

function compare(a: Place, b: Place): number {
  if (a[0] === b[0]) return a[1] - b[1]
  return a[0] < b[0] ? -1 : 1
}

/**
 * Cuts a page out of a list. A cursor names the value to continue after, not a number of items, so items that
 * move past it meanwhile are missed or returned twice, as on GitHub.
 */
export function cutPage<T>(list: List<T>, args: PageArgs): Page<T> {
  const { items, place } = list
  const sign = list.descending ? -1 : 1
  const after = args.after ? readCursor(args.after) : null
  const before = args.before ? readCursor(args.before) : null
  const placeAt = (index: number) => place(items[index] as T, index)
  const from = after ? firstIndex(items.length, (i) => sign * compare(placeAt(i), after) > 0) : 0
  const to = before
    ? firstIndex(items.length, (i) => sign * compare(placeAt(i), before) >= 0)
    : items.length
  const start = args.first == null && args.last != null ? Math.max(from, to - args.last) : from
  const end = args.first == null ? to : Math.min(to, from + args.first)
  const isRead = args.first != null || args.last != null
  const entries = isRead
    ? items.slice(start, Math.max(start, end)).map((node, offset) => ({
        node,
        cursor: writeCursor(place(node, start + offset)),
      }))
    : []
  return {
    totalCount: list.total ?? items.length,
    pageInfo: {
      hasNextPage: args.first != null && end < items.length,
      hasPreviousPage: start > 0,
      startCursor: entries[0]?.cursor ?? null,
      endCursor: entries.at(-1)?.cursor ?? null,
    },
    entries,
  }
}

/** Returns the first index for which `holds` is true; it must be true for all later ones. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
