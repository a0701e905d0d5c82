interface Review<Entry> {
  id: string
  /** GitHub's word. */
  state: string
  hasText: boolean
  entry: Entry
}

interface Thread<Entry> {
  /** That its first comment came with, if any is told. */
  review: string | null
  entries: Entry[]
}

export interface Conversation<Entry> {
  description: Entry
  commits: Entry[]
  comments: Entry[]
  reviews: Review<Entry>[]
  threads: Thread<Entry>[]
  /** Milliseconds since 1970. */
  timeOf(entry: Entry): number
}

interface Block<Entry> {
  at: number
  entries: Entry[]
}

/**
 * A pull request's conversation in the order in which it is read: the description, then everything by its
 * time. A review is followed by the threads that it began, and a thread stays together where it began. A
 * review that says nothing of its own is left out: GitHub makes one of each reply.
 */
export function inReadingOrder<Entry>(conversation: Conversation<Entry>): Entry[] {
  const { description, commits, comments, reviews, threads, timeOf } = conversation
  const known = new Set<string | null>(reviews.map(({ id }) => id))
  const said = threads
    .filter(({ entries }) => entries.length > 0)
    .sort((a, b) => timeOf(a.entries[0] as Entry) - timeOf(b.entries[0] as Entry))
  const alone = (entry: Entry): Block<Entry> => ({ at: timeOf(entry), entries: [entry] })
  const blocks: Block<Entry>[] = [
    ...commits.map(alone),
    ...comments.map(alone),
    ...reviews.map((review) => ({
      at: timeOf(review.entry),
      entries: reviewEntries(review, said),
    })),
    ...said
      .filter(({ review }) => !known.has(review))
      .map(({ entries }) => ({ at: timeOf(entries[0] as Entry), entries })),
  ]
  // The sort is stable: what was said at the same time keeps its place.
  blocks.sort((a, b) => a.at - b.at)
  return [description, ...blocks.flatMap(({ entries }) => entries)]
}

function reviewEntries<Entry>(review: Review<Entry>, threads: Thread<Entry>[]): Entry[] {
  const isSilent = review.state === 'COMMENTED' && !review.hasText
  const begun = threads.filter((thread) => thread.review === review.id)
  return [...(isSilent ? [] : [review.entry]), ...begun.flatMap(({ entries }) => entries)]
}
