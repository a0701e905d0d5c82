/** Puts the conversation of a pull request into reading order, for its page and for agents. */
import type { AuthoredRow, Outline, ThreadPlace } from './conversation.ts'
import type { PullFacts } from './pull-shapes.ts'

export interface ConversationEntry {
  /** Unique within the pull request; the oid of a commit. */
  id: string
  kind: 'description' | 'commit' | 'review' | 'review_comment' | 'comment'
  /** GitHub's own anchor, so that its links also work here. */
  anchor: string
  author: string | null
  isBot: boolean
  at: string
  isEdited: boolean
  /** True if hidden on GitHub (comments and reviews only); null if unknown. */
  isMinimized: boolean | null
  /** GitHub's value, such as `spam` or `outdated`. */
  minimizedReason: string | null
  /** Size of the text in bytes. */
  size: number
  url: string
  /** GitHub's state of a review; null for other kinds. */
  verdict: string | null
  /** Null unless the entry is a review comment. */
  thread: ThreadPlace | null
}

type Thread = Outline['reviewThreads'][number]
type Description = Pick<PullFacts, 'id' | 'author' | 'body' | 'url' | 'createdAt' | 'updatedAt'>

interface Block {
  at: string
  entries: ConversationEntry[]
}

/**
 * Returns the description, then all other entries by time. A review is followed by the threads it started,
 * and a thread stays together. A `COMMENTED` review without text is omitted: GitHub creates one per reply.
 */
export function timelineOf(description: Description, outline: Outline): ConversationEntry[] {
  const { reviews } = outline
  const begun = threadsByReview(outline)
  const blocks = [
    ...outline.commits.map((one) => blockOf([entryOf('commit', one)])),
    ...outline.comments.map((one) => blockOf([entryOf('comment', one)])),
    ...reviews.map((one) => reviewBlock(one, begun.get(one.id) ?? [])),
    ...(begun.get(null) ?? []).map((one) => blockOf(threadEntries(one))),
  ]
  // The sort is stable: entries with the same time keep their order.
  blocks.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
  return [descriptionEntry(description), ...blocks.flatMap(({ entries }) => entries)]
}

/** Groups the threads by the review of their first comment; null if it is unknown. */
function threadsByReview({ reviews, reviewThreads }: Outline): Map<string | null, Thread[]> {
  const begun = new Map<string | null, Thread[]>(reviews.map(({ id }) => [id, []]))
  const alone: Thread[] = []
  for (const thread of reviewThreads) {
    const first = thread.comments[0]
    if (first) (begun.get(first.reviewId) ?? alone).push(thread)
  }
  return begun.set(null, alone)
}

function blockOf(entries: ConversationEntry[]): Block {
  return { at: entries[0]?.at ?? '', entries }
}

function reviewBlock(review: Outline['reviews'][number], threads: Thread[]): Block {
  const { state: verdict, submittedAt, createdAt, size } = review
  const at = (submittedAt ?? createdAt).toISOString()
  const isSilent = verdict === 'COMMENTED' && size === 0
  const own = isSilent ? [] : [{ ...entryOf('review', review), at, verdict }]
  return { at, entries: [...own, ...threads.flatMap(threadEntries)] }
}

function threadEntries({
  comments,
  id,
  path,
  line,
  isResolved,
  isOutdated,
}: Thread): ConversationEntry[] {
  const thread = { id, path, line, isResolved, isOutdated }
  return comments.map((one) => ({ ...entryOf('review_comment', one), thread }))
}

function descriptionEntry({ author, body, ...authored }: Description): ConversationEntry {
  const by = { author: author?.login ?? null, isBot: author?.isBot ?? false }
  const entry = entryOf('description', { ...authored, ...by, size: Buffer.byteLength(body) })
  // Any activity changes `updatedAt` of a pull request, so that it does not prove an edit.
  return { ...entry, isEdited: false }
}

function entryOf(kind: ConversationEntry['kind'], authored: AuthoredRow): ConversationEntry {
  return {
    kind,
    id: authored.id,
    anchor: anchorOf(kind, authored),
    author: authored.author,
    isBot: authored.isBot,
    at: authored.createdAt.toISOString(),
    isEdited: isEdited(authored),
    isMinimized: authored.isMinimized ?? null,
    minimizedReason: authored.minimizedReason ?? null,
    size: authored.size,
    url: authored.url,
    verdict: null,
    thread: null,
  }
}

// GitHub sets `updatedAt` slightly later than `createdAt` when a comment is posted.
const EDITED_MS = 60_000

function isEdited({ createdAt, updatedAt }: AuthoredRow): boolean {
  return updatedAt.getTime() - createdAt.getTime() > EDITED_MS
}

function anchorOf(kind: ConversationEntry['kind'], { id, url }: AuthoredRow): string {
  if (kind === 'description') return 'description'
  if (kind === 'commit') return `commit-${id}`
  const fragment = url.split('#')[1] ?? ''
  return /^[\w-]{1,100}$/.test(fragment) ? fragment : `id-${id.replace(/[^\w-]/g, '')}`
}

// Limits of a page: entries, and bytes of text, at most 65,536 of which are counted per entry.
const ENTRIES = 100
const TEXT = 120_000

/** Returns the index of the first entry of each page, starting with 0. */
export function pageStarts(entries: ConversationEntry[]): number[] {
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
