/** A pull request's conversation as its page shows it. */
import { inReadingOrder } from './reading-order.ts'

interface Said {
  id: string
  author: string | null
  isBot: boolean
  /** Of the text: bytes. */
  size: number
  url: string
  createdAt: Date
  updatedAt: Date
  /** Hidden on GitHub, as comments and reviews can be; null where that is not known. */
  isMinimized?: boolean | null
  minimizedReason?: string | null
}

interface Review extends Said {
  state: string
  submittedAt: Date | null
}

interface Thread {
  id: string
  path: string
  line: number | null
  isResolved: boolean
  isOutdated: boolean
  comments: ThreadComment[]
}

interface ThreadComment extends Said {
  reviewId: string | null
}

/** What there is to be read, without the texts. */
export interface Outline {
  description: Said
  /** Their ids are oids. */
  commits: Said[]
  reviews: Review[]
  reviewThreads: Thread[]
  comments: Said[]
}

interface ThreadPlace {
  id: string
  path: string
  line: number | null
  isResolved: boolean
  isOutdated: boolean
}

/** One thing that was said. */
export interface Entry {
  id: string
  kind: 'description' | 'comment' | 'review' | 'thread' | 'commit'
  /** GitHub's own, so that its links hold here too. */
  anchor: string
  author: string | null
  isBot: boolean
  at: Date
  isEdited: boolean
  isMinimized: boolean
  /** GitHub's word: `spam`, `outdated`. */
  minimizedReason: string | null
  /** Of its text: bytes. */
  size: number
  url: string
  /** Of a review: GitHub's word. */
  verdict: string | null
  /** Of a thread's comment. */
  thread: ThreadPlace | null
}

export function timelineOf(pull: Outline): Entry[] {
  return inReadingOrder({
    description: saidEntry('description', pull.description),
    commits: pull.commits.map((one) => saidEntry('commit', one)),
    comments: pull.comments.map((one) => saidEntry('comment', one)),
    reviews: pull.reviews.map((one) => ({
      id: one.id,
      state: one.state,
      hasText: one.size > 0,
      entry: reviewEntry(one),
    })),
    threads: pull.reviewThreads.map((thread) => ({
      review: thread.comments[0]?.reviewId ?? null,
      entries: threadEntries(thread),
    })),
    timeOf: ({ at }) => at.getTime(),
  })
}

function reviewEntry(review: Review): Entry {
  const at = review.submittedAt ?? review.createdAt
  return { ...saidEntry('review', review), at, verdict: review.state }
}

function threadEntries({ comments, ...thread }: Thread): Entry[] {
  const { id, path, line, isResolved, isOutdated } = thread
  const place = { id, path, line, isResolved, isOutdated }
  return comments.map((one) => ({ ...saidEntry('thread', one), thread: place }))
}

function saidEntry(kind: Entry['kind'], said: Said): Entry {
  return {
    kind,
    id: said.id,
    anchor: anchorOf(kind, said),
    author: said.author,
    isBot: said.isBot,
    at: said.createdAt,
    // A pull request is updated by whatever is said in it.
    isEdited: kind !== 'description' && isEdited(said),
    isMinimized: said.isMinimized ?? false,
    minimizedReason: said.minimizedReason ?? null,
    size: said.size,
    url: said.url,
    verdict: null,
    thread: null,
  }
}

function isEdited({ createdAt, updatedAt }: Said): boolean {
  return updatedAt.getTime() - createdAt.getTime() > EDITED_MS
}

// GitHub moves the time of a comment a little as it is posted.
const EDITED_MS = 60_000

function anchorOf(kind: Entry['kind'], { id, url }: Said): string {
  if (kind === 'description') return 'description'
  if (kind === 'commit') return `commit-${id}`
  const fragment = url.split('#')[1] ?? ''
  return /^[\w-]{1,100}$/.test(fragment) ? fragment : `id-${id.replace(/[^\w-]/g, '')}`
}

// What is laid out for one page; of a text no more than 65,536 signs are shown.
const ENTRIES = 100
const TEXT = 120_000

/** Where each page begins: indices of entries, the first of them 0. */
export function pageStarts(entries: Entry[]): number[] {
  const starts = [0]
  let text = 0
  for (const [index, entry] of entries.entries()) {
    const size = Math.min(entry.size, 65_536)
    const begin = starts.at(-1) ?? 0
    if (index > begin && (index - begin >= ENTRIES || text + size > TEXT)) {
      starts.push(index)
      text = 0
    }
    text += size
  }
  return starts
}
