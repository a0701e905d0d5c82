/** A pull request's conversation in the order in which it is read: for its page and for agents. */
import type { AuthoredRow, Outline, ThreadPlace } from './conversation.ts'
import type { PullFacts } from './pull-shapes.ts'

/** One thing that was said. */
export interface ConversationEntry {
  /** Unique within the pull request; a commit's is its oid. */
  id: string
  kind: 'description' | 'commit' | 'review' | 'review_comment' | 'comment'
  /** GitHub's own, so that its links hold here too. */
  anchor: string
  author: string | null
  isBot: boolean
  at: string
  isEdited: boolean
  /** Hidden on GitHub, as comments and reviews can be; null where that is not known. */
  isMinimized: boolean | null
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

type Thread = Outline['reviewThreads'][number]
type Description = Pick<PullFacts, 'id' | 'author' | 'body' | 'url' | 'createdAt' | 'updatedAt'>

interface Block {
  at: string
  entries: ConversationEntry[]
}

/**
 * The description, then everything by its time. A review is followed by the threads that it began, and a thread
 * stays together where it began. A review that says nothing of its own is left out: GitHub makes one of each
 * reply.
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
  // The sort is stable: what was said at the same time keeps its place.
  blocks.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
  return [descriptionEntry(description), ...blocks.flatMap(({ entries }) => entries)]
}

/** By the review that the first comment came with; null where none is known. */
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
  // A pull request is updated by whatever is said in it.
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

// GitHub moves the time of a comment a little as it is posted.
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

// What is laid out for one page; of a text no more than 65,536 signs are shown.
const ENTRIES = 100
const TEXT = 120_000

/** Where each page begins: indices of entries, the first of them 0. */
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
