/** What was said in a pull request, as agents are told it, in the order in which it is read. */
import { inReadingOrder } from '#app/archive/conversation/reading-order.ts'
import type { readPull } from '#app/archive/pull-requests.ts'

type Pull = NonNullable<Awaited<ReturnType<typeof readPull>>>

export interface Entry {
  /** Unique within the pull request. */
  id: string
  kind: 'description' | 'commit' | 'review' | 'review_comment' | 'comment'
  author: string | null
  isBot: boolean
  createdAt: string
  url: string
  isMinimized: boolean | null
  minimizedReason: string | null
  /** Of a review. */
  state: string | null
  /** Of a review thread's comments. */
  thread: string | null
  path: string | null
  line: number | null
  isResolved: boolean | null
  text: string
}

export function entriesOf(pull: Pull): Entry[] {
  return inReadingOrder({
    description: entry('description', pull),
    commits: pull.commits.map(commitEntry),
    comments: pull.comments.map((comment) => entry('comment', comment)),
    reviews: pull.reviews.map((review) => ({
      id: review.id,
      state: review.state,
      hasText: review.body !== '',
      entry: entry('review', review, { state: review.state }),
    })),
    threads: pull.reviewThreads.map((thread) => ({
      review: thread.comments?.[0]?.pullRequestReview?.id ?? null,
      entries: threadEntries(thread),
    })),
    timeOf: ({ createdAt }) => Date.parse(createdAt),
  })
}

interface Said {
  id: string
  author: { login: string; isBot: boolean } | null
  body: string
  url: string
  createdAt: Date
  submittedAt?: Date | null
  isMinimized?: boolean | null
  minimizedReason?: string | null
}

function entry(kind: Entry['kind'], said: Said, details: Partial<Entry> = {}): Entry {
  return {
    ...{ state: null, thread: null, path: null, line: null, isResolved: null },
    id: said.id,
    kind,
    author: said.author?.login ?? null,
    isBot: said.author?.isBot ?? false,
    createdAt: (said.submittedAt ?? said.createdAt).toISOString(),
    url: said.url,
    isMinimized: said.isMinimized ?? null,
    minimizedReason: said.minimizedReason ?? null,
    text: said.body,
    ...details,
  }
}

function threadEntries(thread: Pull['reviewThreads'][number]): Entry[] {
  const { id, path, line, isResolved } = thread
  const comments: Said[] = thread.comments ?? []
  const details = { thread: id, path, line, isResolved }
  return comments.map((comment) => entry('review_comment', comment, details))
}

function commitEntry(commit: Pull['commits'][number]): Entry {
  const { oid, message, url, committedDate, author } = commit
  const said = { id: oid, body: message, url, createdAt: committedDate }
  const by = author.user ?? { login: author.name ?? 'ghost', isBot: false }
  return entry('commit', { ...said, author: by })
}
