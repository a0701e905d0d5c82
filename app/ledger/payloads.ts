/** What work items carry. `work.ts` says which place takes which. */
import { z } from 'zod'

/** Answers in which a thing came spoiled. */
const failures = z.number().optional()

/** Things that are read by their node ids, many in one call: what the reading of each needs to know. */
const things = {
  /** To be probed. */
  repository: z.object({ id: z.string(), topics: z.array(z.string()), failures }),
  /** To be probed again at the end of a run that read its pages. */
  tail: z.object({ id: z.string(), readingId: z.string(), failures }),
  pull_request: z.object({
    id: z.string(),
    readingId: z.string().nullable(),
    repositoryId: z.string().nullable(),
    failures,
    notFound: z.boolean().optional(),
  }),
  thread: z.object({ id: z.string(), snapshotId: z.string(), failures }),
}
export type UnreadKind = keyof typeof things
export type Unread<Kind extends UnreadKind> = z.infer<(typeof things)[Kind]>

function read<Kind extends UnreadKind>(kind: Kind) {
  return z.object({ kind: z.literal(`read ${kind}`), things: z.array(things[kind]) })
}

/** Reads what has gathered of a kind. */
const flush = z.object({
  kind: z.literal('flush'),
  of: z.enum(['repository', 'tail', 'pull_request', 'thread']),
})

export const repositoryPayload = z.discriminatedUnion('kind', [
  /** A page of what the installation grants: its address (null for the first), how many the pages before
   * it had, and what GitHub said was their total. */
  z.object({
    kind: z.literal('granted'),
    page: z.string().nullable(),
    seen: z.number(),
    total: z.number().nullable(),
  }),
  /** A page of an account's repositories; the login. */
  z.object({ kind: z.literal('account'), login: z.string(), page: z.string().nullable() }),
  /** One repository, `owner/name`. */
  z.object({ kind: z.literal('named'), name: z.string() }),
  read('repository'),
  flush,
])

/** How wide the next page is, and what was learnt on the way: `page-width.ts`. */
const pageWidth = z.object({
  width: z.number(),
  /** The widest that has not met RESOURCE_LIMITS_EXCEEDED. */
  ceiling: z.number(),
  /** The widest that came through since. */
  good: z.number(),
  /** Pages in a row that came at once. */
  clean: z.number(),
})
export type PageWidth = z.infer<typeof pageWidth>

export const pullRequestPayload = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('page'),
    chain: z.enum(['top', 'down', 'tail']),
    readingId: z.string(),
    repositoryId: z.string(),
    /** The repository's node id. */
    id: z.string(),
    name: z.string(),
    cursor: z.string().nullable(),
    /** Whether the chain began at the newest: its end then knows of all there are. */
    whole: z.boolean(),
    /** Pull requests updated before it are not read; ISO 8601. */
    since: z.string(),
    /** How many more are wanted, or null for all. */
    left: z.number().nullable(),
    /** Null where none is known yet: the repository's is taken. */
    width: pageWidth.nullable(),
  }),
  z.object({
    kind: z.literal('nested'),
    snapshotId: z.string(),
    type: z.enum(['commits', 'reviews', 'comments', 'review_threads']),
    /** The pull request's node id. */
    id: z.string(),
    cursor: z.string(),
    offset: z.number(),
  }),
  z.object({
    kind: z.literal('thread'),
    snapshotId: z.string(),
    /** The thread's node id. */
    id: z.string(),
    cursor: z.string(),
  }),
  read('tail'),
  read('pull_request'),
  read('thread'),
  flush,
])

export const recordPayload = z.object({ recordId: z.string() })
