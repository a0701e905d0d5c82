/** A pull request's conversation in the order in which it is read. */

interface Said {
  id: string
  author: string | null
  /** Of the text: bytes. */
  size: number
  url: string
  createdAt: Date
  updatedAt: Date
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
  at: Date
  isEdited: boolean
  /** Of its text: bytes. */
  size: number
  url: string
  /** Of a review: GitHub's word. */
  verdict: string | null
  /** Of a thread's comment. */
  thread: ThreadPlace | null
}

interface Block {
  at: Date
  entries: Entry[]
}

/**
 * The description, then everything by its time. A review is followed by the threads that it began, and a
 * thread stays together where it began.
 */
export function timelineOf(pull: Outline): Entry[] {
  const begun = threadsByReview(pull.reviewThreads)
  const known = new Set(pull.reviews.map(({ id }) => id))
  const loose = [...begun].flatMap(([review, threads]) => (known.has(review) ? [] : threads))
  const blocks = [
    ...pull.comments.map((one) => block([saidEntry('comment', one)])),
    ...pull.reviews.flatMap((one) => reviewBlock(one, begun.get(one.id) ?? [])),
    ...loose.map((thread) => block(threadEntries(thread))),
    ...pull.commits.map((one) => block([saidEntry('commit', one)])),
  ]
  blocks.sort((a, b) => a.at.getTime() - b.at.getTime())
  return [saidEntry('description', pull.description), ...blocks.flatMap(({ entries }) => entries)]
}

/** By the review that a thread's first comment came with; `''` where none is told. */
function threadsByReview(threads: Thread[]): Map<string, Thread[]> {
  const begun = new Map<string, Thread[]>()
  for (const thread of threads) {
    const [first] = thread.comments
    if (!first) continue
    const review = first.reviewId ?? ''
    begun.set(review, [...(begun.get(review) ?? []), thread])
  }
  return begun
}

/** GitHub makes a review of each reply too: those say nothing of their own. */
function reviewBlock(review: Review, threads: Thread[]): Block[] {
  const isSilent = review.size === 0 && review.state === 'COMMENTED'
  if (isSilent && threads.length === 0) return []
  const at = review.submittedAt ?? review.createdAt
  const own = { ...saidEntry('review', review), at, verdict: review.state }
  const begun = threads.flatMap(threadEntries)
  return [{ at, entries: isSilent ? begun : [own, ...begun] }]
}

function threadEntries({ comments, ...thread }: Thread): Entry[] {
  const { id, path, line, isResolved, isOutdated } = thread
  const place = { id, path, line, isResolved, isOutdated }
  return comments.map((one) => ({ ...saidEntry('thread', one), thread: place }))
}

function block(entries: Entry[]): Block {
  return { at: entries[0]?.at ?? new Date(0), entries }
}

function saidEntry(kind: Entry['kind'], said: Said): Entry {
  return {
    kind,
    id: said.id,
    anchor: anchorOf(kind, said),
    author: said.author,
    at: said.createdAt,
    // A pull request is updated by whatever is said in it.
    isEdited: kind !== 'description' && isEdited(said),
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
