/** A pull request with the field names of GitHub's GraphQL API, but with plain arrays as lists. */
import { z } from 'zod'

/** A Date, which is an ISO 8601 string in JSON. */
const moment = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const count = z.number().int()

const person = z
  .object({ login: z.string(), isBot: z.boolean() })
  .nullable()
  .describe('Null for a deleted user.')
const oid = z.object({ oid: z.string() })
const named = z.object({ id: z.string() })

const authored = {
  id: z.string(),
  author: person,
  authorAssociation: z.string(),
  body: z.string(),
  url: z.string(),
  createdAt: moment,
  updatedAt: moment,
  isMinimized: z
    .boolean()
    .nullable()
    .describe('Whether it is hidden on GitHub; null where that is not known yet.'),
  minimizedReason: z
    .string()
    .nullable()
    .describe('abuse, duplicate, off-topic, outdated, resolved or spam.'),
}

const signature = z.object({ name: z.string().nullable(), user: person })

const commit = z.object({
  oid: z.string(),
  message: z.string(),
  url: z.string(),
  authoredDate: moment,
  committedDate: moment,
  additions: count,
  deletions: count,
  changedFilesIfAvailable: count.nullable(),
  author: signature,
  committer: signature,
})

const review = z.object({
  ...authored,
  state: z.string(),
  submittedAt: moment.nullable(),
  commit: oid.nullable(),
})

const reviewComment = z.object({
  ...authored,
  path: z.string(),
  diffHunk: z.string(),
  replyTo: named.nullable(),
  pullRequestReview: named.nullable(),
})

const reviewThread = z.object({
  id: z.string(),
  path: z.string(),
  line: count.nullable(),
  diffSide: z.string(),
  isResolved: z.boolean(),
  resolvedBy: person,
  isOutdated: z.boolean(),
  comments: z.array(reviewComment),
})

const changedFile = z.object({
  path: z.string(),
  previousPath: z
    .string()
    .nullable()
    .describe('Of a renamed or copied file, where the list is from git.'),
  changeType: z.string().describe('ADDED, MODIFIED, DELETED, RENAMED, COPIED or CHANGED.'),
  additions: count,
  deletions: count,
})
export type ChangedFile = z.infer<typeof changedFile>

/** The stored count of a list, compared with GitHub's. */
const listState = z.object({
  total: count.nullable().describe("GitHub's count; null if GitHub withholds the list."),
  stored: count.nullable(),
  state: z.enum(['complete', 'incomplete', 'unknown']),
  reason: z.string().optional(),
  suspect: z.literal(true).optional(),
  settled: z
    .literal(true)
    .optional()
    .describe('Set if reading the list again would not return more.'),
})
export type ListCompleteness = z.infer<typeof listState>

const closingIssue = z.object({
  number: count,
  title: z.string(),
  repository: z.object({ nameWithOwner: z.string() }),
})

const checkRun = z.object({
  __typename: z.literal('CheckRun'),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  detailsUrl: z.string().nullable(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
  app: z.string().nullable().describe('The name of the App.'),
})

const statusContext = z.object({
  __typename: z.literal('StatusContext'),
  context: z.string(),
  state: z.string(),
  description: z.string().nullable(),
  targetUrl: z.string().nullable(),
  createdAt: z.string(),
})

const check = z.discriminatedUnion('__typename', [checkRun, statusContext])
export type Check = z.infer<typeof check>

const rollup = z.object({
  state: z.string(),
  contexts: z
    .array(check)
    .nullable()
    .describe(
      'The checks of the head; null while they are not read, or withheld: `completeness.checks` says why.',
    ),
  readAt: z.string().nullable().describe('When the checks were read.'),
})

export const pullSchema = z.object({
  id: z.string(),
  repository: z.object({ nameWithOwner: z.string() }),
  number: count,
  title: z.string(),
  body: z.string(),
  url: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  author: person,
  authorAssociation: z.string(),
  createdAt: moment,
  updatedAt: moment,
  closedAt: moment.nullable(),
  mergedAt: moment.nullable(),
  mergedBy: person,
  mergeCommit: oid.nullable(),
  baseRefName: z.string(),
  baseRefOid: z.string(),
  headRefName: z.string(),
  headRefOid: z.string(),
  headRepository: z.object({ nameWithOwner: z.string() }).nullable(),
  additions: count,
  deletions: count,
  changedFiles: count,
  labels: z.array(z.object({ name: z.string() })),
  assignees: z.array(z.object({ login: z.string() })),
  milestone: z.object({ title: z.string() }).nullable(),
  closingIssuesReferences: z.array(closingIssue),
  reviewDecision: z.string().nullable(),
  statusCheckRollup: rollup.nullable(),
  commits: z.array(commit),
  reviews: z.array(review),
  reviewThreads: z.array(reviewThread),
  comments: z.array(z.object(authored)),
  files: z.array(changedFile).describe('What it changes, from its merge base to its head.'),
  completeness: z.object({
    commits: listState,
    reviews: listState,
    reviewThreads: listState,
    reviewComments: listState,
    comments: listState,
    labels: listState,
    assignees: listState,
    closingIssuesReferences: listState,
    checks: listState,
    files: listState.extend({
      source: z.enum(['git', 'github']).optional(),
      head: z.string().optional().describe('The head that the list is of.'),
    }),
  }),
  isComplete: z.boolean(),
  checkedAt: moment.nullable(),
  readAt: moment,
})
type Pull = z.infer<typeof pullSchema>

export type Conversation = Pick<Pull, 'commits' | 'reviews' | 'reviewThreads' | 'comments'>

/** All fields except the conversation and the changed files. */
export type PullFacts = Omit<Pull, keyof Conversation | 'files'>
export type PullFactsJson = Omit<z.input<typeof pullSchema>, keyof Conversation | 'files'>
