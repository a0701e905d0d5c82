/** Lists of GitHub, page by page: the first tells how many there are, the others are read side by side. */
import { askAs, type UserAnswer, type UserCall } from './ask-github.ts'
import type { Limit } from './limit-calls.ts'

export const PAGE = 100
/** Of one list: half a million repositories. */
const MOST_PAGES = 5_000

export interface List<Item> {
  /** Path of the REST API. */
  path: string
  /** Returns the items of an answer, and how many the whole list has; null for another answer. */
  read(body: unknown): { items: Item[]; total: number } | null
  /** What the list was, with an ETag for each page; no pages if that is not known. */
  known: { items: Item[]; etags: string[] }
}

export type ReadList<Item> =
  | { kind: 'items'; items: Item[]; etags: string[]; sso: string[] }
  | Exclude<UserAnswer, { kind: 'body' | 'same' }>

interface ReadPage<Item> {
  kind: 'page'
  items: Item[]
  etag: string
  sso: string | null
  /** Pages of the whole list. */
  pages: number
}

/** A call that waits until few enough others are in progress. */
export type LimitedCall = UserCall & { limit: Limit }

export async function readList<Item>(call: LimitedCall, list: List<Item>): Promise<ReadList<Item>> {
  const first = await readPage(call, list, 1)
  if (first.kind !== 'page') return first
  const numbers = Array.from({ length: first.pages - 1 }, (_, index) => index + 2)
  const others = await Promise.all(numbers.map((page) => readPage(call, list, page)))
  const pages: ReadPage<Item>[] = [first]
  for (const other of others) {
    if (other.kind !== 'page') return other
    pages.push(other)
  }
  return {
    kind: 'items',
    items: pages.flatMap(({ items }) => items),
    etags: hasKnownPages(pages) ? pages.map(({ etag }) => etag) : [],
    sso: pages.flatMap(({ sso }) => sso ?? []),
  }
}

/** Returns true if the items tell which page they were on, and each page can be asked for changes. */
function hasKnownPages(pages: ReadPage<unknown>[]): boolean {
  return (
    pages.every(({ etag }) => etag !== '') &&
    pages.slice(0, -1).every(({ items }) => items.length === PAGE)
  )
}

async function readPage<Item>(
  call: LimitedCall,
  { path, read, known }: List<Item>,
  page: number,
): Promise<ReadPage<Item> | Exclude<UserAnswer, { kind: 'body' | 'same' }>> {
  const etag = known.etags[page - 1] ?? null
  const address = `${path}?per_page=${PAGE}&page=${page}`
  const answer = await call.limit(() => askAs(call, address, etag))
  if (answer.kind === 'same') {
    const items = known.items.slice((page - 1) * PAGE, page * PAGE)
    return { kind: 'page', items, etag: etag ?? '', sso: answer.sso, pages: known.etags.length }
  }
  if (answer.kind !== 'body') return answer
  const found = read(answer.body)
  if (!found) return { kind: 'away', reason: "GitHub's answer is incomplete" }
  const pages = Math.min(MOST_PAGES, Math.max(1, Math.ceil(found.total / PAGE)))
  return { kind: 'page', items: found.items, etag: answer.etag ?? '', sso: answer.sso, pages }
}
