/** Payloads of work items; `work.ts` assigns them to places. */
import { z } from 'zod'

/** Number of answers in which the object was invalid. */
const failures = z.number().optional()

/** Objects that are read by node id, many in one call, with the details that each kind of read needs. */
const targets = {
  /** A repository to be probed. */
  repository: z.object({
    id: z.string(),
    /** GitHub's number of it, from REST; null or absent if only the node id is known. */
    databaseId: z.string().nullable().optional(),
    /** `owner/name`, if a list named it. */
    name: z.string().optional(),
    topics: z.array(z.string()),
    failures,
  }),
  /** A repository to be probed again at the end of a run that read its pages. */
  tail: z.object({ id: z.string(), repositorySyncId: z.string(), failures }),
  pull_request: z.object({
    id: z.string(),
    repositorySyncId: z.string().nullable(),
    repositoryId: z.string().nullable(),
    failures,
    notFound: z.boolean().optional(),
  }),
  thread: z.object({ id: z.string(), snapshotId: z.string(), failures }),
}
export type FetchKind = keyof typeof targets
export type QueuedFetch<Kind extends FetchKind> = z.infer<(typeof targets)[Kind]>

function readPayload<Kind extends FetchKind>(kind: Kind) {
  return z.object({ kind: z.literal(`read ${kind}`), targets: z.array(targets[kind]) })
}

/** Reads what is pending in the fetch queue for one kind. */
const flushPayload = z.object({
  kind: z.literal('flush'),
  of: z.enum(['repository', 'tail', 'pull_request', 'thread']),
})

export const repositoryPayload = z.discriminatedUnion('kind', [
  /**
   * A page of the repositories that the installation grants: its URL (null for the first page), the number of
   * repositories on the pages before it, and their total according to GitHub.
   */
  z.object({
    kind: z.literal('granted'),
    page: z.string().nullable(),
    seen: z.number(),
    total: z.number().nullable(),
  }),
  /** A page of an account's repositories, by login. */
  z.object({ kind: z.literal('account'), login: z.string(), page: z.string().nullable() }),
  /** One repository, `owner/name`. */
  z.object({ kind: z.literal('named'), name: z.string() }),
  readPayload('repository'),
  flushPayload,
])

/** Width of the next page, and the history that it is derived from; see `page-width.ts`. */
const pageWidth = z.object({
  width: z.number(),
  /** Widest width that has not exceeded the limits (RESOURCE_LIMITS_EXCEEDED). */
  ceiling: z.number(),
  /** Widest width that has succeeded since. */
  good: z.number(),
  /** Consecutive pages that succeeded at the first attempt. */
  clean: z.number(),
})
export type PageWidth = z.infer<typeof pageWidth>

export const pullRequestPayload = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('page'),
    chain: z.enum(['top', 'down', 'tail']),
    repositorySyncId: z.string(),
    repositoryId: z.string(),
    /** Node id of the repository. */
    id: z.string(),
    name: z.string(),
    cursor: z.string().nullable(),
    /** True if the chain started at the newest pull request, so that its end knows the full list. */
    isFullRead: z.boolean(),
    /** Lower bound of the update time of pull requests to read, in ISO 8601. */
    since: z.string(),
    /** Number of pull requests on the pages before it; absent where the chain does not start at the newest. */
    offset: z.number().optional(),
    /** Number of pull requests still wanted; null for all. */
    left: z.number().nullable(),
    /** Null if none is known yet; the width of the repository is used then. */
    width: pageWidth.nullable(),
  }),
  z.object({
    kind: z.literal('nested'),
    snapshotId: z.string(),
    type: z.enum(['commits', 'reviews', 'comments', 'review_threads', 'files']),
    /** Node id of the pull request. */
    id: z.string(),
    cursor: z.string(),
    offset: z.number(),
  }),
  z.object({
    kind: z.literal('thread'),
    snapshotId: z.string(),
    /** Node id of the thread. */
    id: z.string(),
    cursor: z.string(),
  }),
  /** One pull request by its number, because a webhook named it. */
  z.object({
    kind: z.literal('refresh'),
    /** Node id of the repository. */
    id: z.string(),
    repositoryId: z.string(),
    number: z.number(),
    /** When an event named it last, in ISO 8601: GitHub's API can lag behind its events. */
    namedAt: z.iso.datetime(),
    /** The head that an event named, and when. */
    head: z.object({ oid: z.string(), at: z.iso.datetime() }).optional(),
  }),
  /** Reads lists of checks that are due, and those that are left in a further item. */
  z.object({
    kind: z.literal('checks'),
    /** Number of lists in a call; null for as many as cost one point. */
    width: pageWidth.nullable(),
  }),
  readPayload('tail'),
  readPayload('pull_request'),
  readPayload('thread'),
  flushPayload,
])

/** Names the files of a generation that a part of the work is about. */
const fileIds = z.array(z.string()).min(1)

/** What is ingested is in the row of `ingest` of the run. */
export const codePayload = {
  extraction: z.discriminatedUnion('kind', [
    /** Clones or fetches the repository, and finds the commit. */
    z.object({ kind: z.literal('clone') }),
    /** Lists the files of the commit after this path; null for the first ones. */
    z.object({ kind: z.literal('list'), after: z.string().nullable() }),
  ]),
  /** Divides files into chunks. */
  transform: z.object({ fileIds }),
  embedding: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('chunks'), fileIds }),
    /** Makes the generation hold. */
    z.object({ kind: z.literal('publish') }),
    /** Maps commits to pull requests. */
    z.object({ kind: z.literal('map') }),
  ]),
}

export const recordPayload = z.object({ recordId: z.string() })
