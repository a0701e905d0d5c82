/**
 * Divides what GitHub answered at once: a page can hold hundreds of texts of 65,536 characters. Each record is
 * stored, read and transformed as a whole, so none may take long.
 */
import type { ReviewThreadNode } from '#app/github/queries/conversation.ts'
import { NESTED_TYPES, type NestedType } from '#app/github/queries/nested.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { RefusableList } from '#app/github/refused-lists.ts'
import type { NestedRecord, RecordBody } from '#app/sync/records/raw-records.ts'

type Divisible = Exclude<RecordBody, { kind: 'repository' }>

/** UTF-16 units of a record as JSON. A single text can be longer. */
const MOST = 1_048_576

/** The fields of a pull request that have its nested lists. */
export const FIELDS: Record<NestedType, RefusableList> = {
  commits: 'commits',
  reviews: 'reviews',
  comments: 'comments',
  review_threads: 'reviewThreads',
  files: 'files',
}

/**
 * Divides a record into records of limited size that together have the same rows. Nearly always it is one.
 * The lists of a large pull request become pages of their own.
 */
export function divideRecord(record: Divisible): Divisible[] {
  if (JSON.stringify(record.body).length <= MOST) return [record]
  if (record.kind === 'nested') return nestedOf(pagesOf(record.body))
  const { main, lists } = withoutLists(record.body.pullRequest)
  return [
    { kind: 'pull_request', body: { pullRequest: main } },
    ...nestedOf(lists.flatMap(pagesOf)),
  ]
}

function nestedOf(pages: NestedRecord[]): Divisible[] {
  return pages.map((body) => ({ kind: 'nested', body }))
}

function withoutLists(node: PullRequestNode): { main: PullRequestNode; lists: NestedRecord[] } {
  const main = { ...node }
  const lists: NestedRecord[] = []
  for (const type of NESTED_TYPES) {
    const list = node[FIELDS[type]]
    if (!list) continue
    lists.push({ type, offset: 0, nodes: list.nodes } as NestedRecord)
    Object.assign(main, { [FIELDS[type]]: { ...list, nodes: [] } })
  }
  return { main, lists }
}

function pagesOf(record: NestedRecord): NestedRecord[] {
  if (record.type === 'review_comments')
    return groupsOf(record.threads.flatMap(pagesOfThread)).map(({ items }) => ({
      ...record,
      threads: items,
    }))
  if (record.type !== 'review_threads') return pagesOfList(record)
  const threads = { ...record, nodes: record.nodes.map(withoutComments) }
  return [
    ...pagesOfList(threads),
    ...pagesOf({ type: 'review_comments', threads: record.nodes.flatMap(commentsOf) }),
  ]
}

function pagesOfList(record: Exclude<NestedRecord, { type: 'review_comments' }>): NestedRecord[] {
  return groupsOf<unknown>(record.nodes).map(({ items, offset }) => {
    return { ...record, offset: record.offset + offset, nodes: items } as NestedRecord
  })
}

type Thread = Extract<NestedRecord, { type: 'review_comments' }>['threads'][number]

function pagesOfThread({ id, comments }: Thread): Thread[] {
  // A thread without comments is noted as well.
  if (comments.length === 0) return [{ id, comments }]
  return groupsOf(comments).map(({ items }) => ({ id, comments: items }))
}

function withoutComments(thread: ReviewThreadNode): ReviewThreadNode {
  return thread.comments ? { ...thread, comments: { ...thread.comments, nodes: [] } } : thread
}

function commentsOf({ id, comments }: ReviewThreadNode): Thread[] {
  const nodes = (comments?.nodes ?? []).flatMap((one) => one ?? [])
  return nodes.length > 0 ? [{ id, comments: nodes }] : []
}

/** Groups consecutive items of at most `MOST` together; a larger one is alone. */
function groupsOf<Item>(all: Item[]): { items: Item[]; offset: number }[] {
  const groups: { items: Item[]; offset: number }[] = []
  let room = 0
  for (const [offset, item] of all.entries()) {
    const size = JSON.stringify(item).length
    if (groups.length === 0 || size > room) {
      groups.push({ items: [], offset })
      room = MOST
    }
    groups.at(-1)?.items.push(item)
    room -= size
  }
  return groups
}
