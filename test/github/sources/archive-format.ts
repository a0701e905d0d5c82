import { z } from 'zod'
import { toMoment } from '../world/clock.ts'

/**
 * One repository in one file: pull requests, reviews, comments and issues as returned by GitHub's API,
 * commits and sizes from its git history. Optional fields are not recorded in the archives.
 */
const moment = z.iso.datetime({ offset: true }).transform((text) => toMoment(new Date(text)))
const login = z.string().min(1).nullable()
const count = z.int().nonnegative()
const association = z.enum([
  'COLLABORATOR',
  'CONTRIBUTOR',
  'FIRST_TIMER',
  'FIRST_TIME_CONTRIBUTOR',
  'MANNEQUIN',
  'MEMBER',
  'NONE',
  'OWNER',
])
const rollup = z.enum(['ERROR', 'EXPECTED', 'FAILURE', 'PENDING', 'SUCCESS'])

const said = {
  id: z.string().min(1),
  author: login,
  authorAssociation: association,
  body: z.string(),
  createdAt: moment,
  updatedAt: moment,
}

const commit = z.object({
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  authorName: z.string(),
  authorEmail: z.string(),
  authorLogin: login.default(null),
  authoredDate: moment,
  committedDate: moment,
  parents: z.array(z.string()),
  message: z.string(),
  additions: count,
  deletions: count,
  changedFiles: count,
})

const reviewComment = z.object({
  ...said,
  reviewId: z.string().nullable(),
  diffHunk: z.string().default(''),
})

const thread = z.object({
  id: z.string().min(1),
  path: z.string(),
  line: z.int().nullable(),
  diffSide: z.enum(['LEFT', 'RIGHT']).default('RIGHT'),
  isResolved: z.boolean(),
  resolvedBy: login.default(null),
  isOutdated: z.boolean().default(false),
  comments: z.array(reviewComment).min(1),
})

const review = z.object({
  ...said,
  state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING']),
  commit: z.string().nullable(),
})

const pull = z.object({
  ...said,
  number: z.int().positive(),
  title: z.string(),
  url: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  assignees: z.array(z.string()),
  labels: z.array(z.string()),
  milestone: z.string().nullable().default(null),
  closedAt: moment.nullable(),
  mergedAt: moment.nullable(),
  mergedBy: login,
  mergeCommit: z.string().nullable(),
  baseRefName: z.string(),
  baseRefOid: z.string(),
  headRefName: z.string(),
  headRefOid: z.string(),
  headRepository: z.string().nullable(),
  additions: count,
  deletions: count,
  changedFiles: count,
  files: z.array(
    z.object({
      path: z.string(),
      additions: count,
      deletions: count,
      changeType: z.string().optional(),
    }),
  ),
  commits: z.array(commit),
  closes: z.array(z.int().positive()),
  comments: z.array(z.object(said)),
  reviews: z.array(review),
  threads: z.array(thread),
  rollup: rollup.nullable().default(null),
})

export const archiveFormat = z.object({
  repo: z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'must be owner/name'),
  exportedAt: moment,
  defaultBranch: z.string().nullable(),
  description: z.string().nullable().default(null),
  language: z.string().nullable().default(null),
  topics: z.array(z.string()).default([]),
  isPrivate: z.boolean().default(false),
  isArchived: z.boolean().default(false),
  labels: z.array(
    z.object({ name: z.string(), description: z.string().nullable(), color: z.string() }),
  ),
  milestones: z
    .array(z.object({ title: z.string(), description: z.string().nullable() }))
    .default([]),
  issues: z.array(
    z.object({
      number: z.int().positive(),
      id: z.string().min(1),
      title: z.string(),
      body: z.string(),
      state: z.enum(['OPEN', 'CLOSED']),
      author: login,
      createdAt: moment,
      closedAt: moment.nullable(),
    }),
  ),
  pulls: z.array(pull),
})

export type Archive = z.output<typeof archiveFormat>
export type ArchivedPull = Archive['pulls'][number]
export type ArchivedCommit = ArchivedPull['commits'][number]
export type ArchivedThread = ArchivedPull['threads'][number]
