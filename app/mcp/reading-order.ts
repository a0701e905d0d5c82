/** A conversation in the order in which one reads it: each review with the threads that it began. */
import type { readPull } from '../github/read-pull.ts'

type Pull = NonNullable<Awaited<ReturnType<typeof readPull>>>

export interface Entry {
  /** Unique within the pull request. */
  id: string
  kind: 'description' | 'commit' | 'review' | 'review_comment' | 'comment'
  author: string | null
  createdAt: string
  url: string
  /** Of a review. */
  state: string | null
  /** Of a review thread's comments. */
  thread: string | null
  path: string | null
  line: number | null
  isResolved: boolean | null
  text: string
}

interface Block {
  at: string
  entries: Entry[]
}

export function inReadingOrder(pull: Pull): Entry[] {
  const threads = pull.reviewThreads.map((thread) => ({
    review: thread.comments?.[0]?.pullRequestReview?.id ?? null,
    block: threadBlock(thread),
  }))
  const reviewIds = new Set(pull.reviews.map(({ id }) => id))
  const blocks: Block[] = [
    ...pull.commits.map(commitBlock),
    ...pull.comments.map((comment) => block('comment', comment)),
    ...pull.reviews.map((review) => {
      const own = block('review', review, { state: review.state })
      const begun = threads.filter((thread) => thread.review === review.id)
      return { ...own, entries: [...own.entries, ...begun.flatMap((one) => one.block.entries)] }
    }),
    ...threads.flatMap((one) => (reviewIds.has(one.review) ? [] : one.block)),
  ]
  // The sort is stable, and every list comes in its own order.
  blocks.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  return [...block('description', pull).entries, ...blocks.flatMap(({ entries }) => entries)]
}

interface Said {
  id: string
  author: { login: string } | null
  body: string
  url: string
  createdAt: Date
  submittedAt?: Date | null
}

function block(kind: Entry['kind'], said: Said, details: Partial<Entry> = {}): Block {
  const at = (said.submittedAt ?? said.createdAt).toISOString()
  const entry = {
    ...{ state: null, thread: null, path: null, line: null, isResolved: null },
    id: said.id,
    kind,
    author: said.author?.login ?? null,
    createdAt: at,
    url: said.url,
    text: said.body,
    ...details,
  }
  return { at, entries: [entry] }
}

function threadBlock(thread: Pull['reviewThreads'][number]): Block {
  const { id, path, line, isResolved } = thread
  const comments: Said[] = thread.comments ?? []
  const details = { thread: id, path, line, isResolved }
  const blocks = comments.map((comment) => block('review_comment', comment, details))
  return { at: blocks[0]?.at ?? '', entries: blocks.flatMap(({ entries }) => entries) }
}

function commitBlock(commit: Pull['commits'][number]): Block {
  const { oid, message, url, committedDate, author } = commit
  const said = { id: oid, body: message, url, createdAt: committedDate }
  return block('commit', { ...said, author: author.user ?? { login: author.name ?? 'ghost' } })
}
