import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { diffOf, filesOf } from '../git/code.ts'
import { hunkTo } from '../git/diff-lines.ts'
import { decide } from '../sources/build-pull.ts'
import type { Comment, PullRequest, Review, ReviewComment, Thread } from '../world/model.ts'
import { type NodeKind, nodeId } from '../world/node-ids.ts'
import { actorNamed, takeDatabaseId, type World } from '../world/world.ts'
import { change, keep, nowIn, pullCalled, pullName, recordCalled, touch } from './change.ts'

const author = z.string().nullable().default('stand-in-author')

type Words = { author: string | null; body: string; diffHunk?: string }

function say(world: World, pull: PullRequest, kind: NodeKind, { author, body }: Words) {
  const databaseId = takeDatabaseId(world)
  const now = nowIn(world)
  return {
    id: nodeId(kind, pull.repository.databaseId, databaseId),
    legacyId: null,
    databaseId,
    author: author === null ? null : actorNamed(world, author),
    authorAssociation: 'CONTRIBUTOR' as const,
    body,
    createdAt: now,
    updatedAt: now,
    lastEditedAt: null,
    editor: null,
    pullRequest: pull,
  }
}

function replyInThread(
  world: World,
  thread: Thread,
  review: Review | null,
  said: Words,
): ReviewComment {
  const comment: ReviewComment = {
    ...say(world, thread.pullRequest, 'PullRequestReviewComment', said),
    __typename: 'PullRequestReviewComment',
    thread,
    review,
    replyTo: thread.comments[0] ?? null,
    diffHunk: thread.comments[0]?.diffHunk ?? said.diffHunk ?? '',
  }
  thread.comments.push(comment)
  return comment
}

type Place = { path: string; line: number }

/** Returns the lines of the diff up to this one, in a repository without code invented ones. */
function hunkAt(
  { repository, number, files, commits }: PullRequest,
  { path, line }: Place,
): string {
  const { code } = repository
  if (!code) return '@@ -1,1 +1,1 @@\n-before\n+after'
  const base = filesOf(code, commits[0]?.parentOids[0])
  const steps = diffOf(code, base, filesOf(code, commits.at(-1)?.oid), path)
  const index = steps.findIndex(({ sign, now }) => sign !== '-' && now === line)
  if (index >= 0 && files.some((one) => one.path === path)) return hunkTo(steps, index)
  throw new BadSourceError(`#${number} does not change ${path}, or it has no line ${line}.`)
}

function openThread(world: World, pull: PullRequest, place: Place): Thread {
  const databaseId = takeDatabaseId(world)
  const thread: Thread = {
    __typename: 'PullRequestReviewThread',
    id: nodeId('PullRequestReviewThread', pull.repository.databaseId, databaseId),
    databaseId,
    path: place.path,
    line: place.line,
    originalLine: place.line,
    startLine: null,
    diffSide: 'RIGHT',
    isResolved: false,
    resolvedBy: null,
    isOutdated: false,
    comments: [],
    pullRequest: pull,
  }
  pull.threads.push(thread)
  return thread
}

export const comment = change(
  z.strictObject({ pull: pullName, author, body: z.string() }),
  (world, args): Comment => {
    const pull = pullCalled(world, args.pull)
    const said = say(world, pull, 'IssueComment', args)
    const made: Comment = { ...said, __typename: 'IssueComment' }
    pull.comments.push(made)
    touch(world, pull)
    return made
  },
)

export const review = change(
  z.strictObject({
    pull: pullName,
    author,
    /** PENDING is a draft, which only its author sees. */
    state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'PENDING']).default('COMMENTED'),
    body: z.string().default(''),
    threads: z
      .array(z.strictObject({ path: z.string(), line: z.int(), body: z.string() }))
      .default([]),
  }),
  (world, args): Review => {
    const pull = pullCalled(world, args.pull)
    const places = args.threads.map((one) => ({ ...one, diffHunk: hunkAt(pull, one) }))
    const said = say(world, pull, 'PullRequestReview', args)
    const made: Review = {
      ...said,
      __typename: 'PullRequestReview',
      state: args.state,
      submittedAt: args.state === 'PENDING' ? null : said.createdAt,
      commitOid: pull.commits.at(-1)?.oid ?? null,
    }
    pull.reviews.push(made)
    pull.reviewDecision = decide(pull.reviews)
    for (const place of places) {
      const thread = openThread(world, pull, place)
      replyInThread(world, thread, made, { author: args.author, ...place })
    }
    if (made.submittedAt === null) keep(world, pull)
    else touch(world, pull)
    return made
  },
)

/** Submits a draft. */
export const submitReview = change(
  z.strictObject({ id: z.string(), state: z.enum(['APPROVED', 'COMMENTED']).default('COMMENTED') }),
  (world, args) => {
    const submitted = recordCalled(world, args.id, 'PullRequestReview')
    submitted.state = args.state
    submitted.submittedAt = nowIn(world)
    submitted.updatedAt = submitted.submittedAt
    submitted.pullRequest.reviewDecision = decide(submitted.pullRequest.reviews)
    touch(world, submitted.pullRequest)
    return submitted
  },
)

export const reply = change(
  z.strictObject({ thread: z.string(), author, body: z.string() }),
  (world, args): ReviewComment => {
    const thread = recordCalled(world, args.thread, 'PullRequestReviewThread')
    const made = replyInThread(world, thread, null, args)
    touch(world, thread.pullRequest)
    return made
  },
)

const SAID = ['IssueComment', 'PullRequestReview', 'PullRequestReviewComment'] as const

/** Edits a comment, the body of a review, or a comment in a thread. */
export const edit = change(z.strictObject({ id: z.string(), body: z.string() }), (world, args) => {
  const record = recordCalled(world, args.id, ...SAID)
  record.body = args.body
  record.updatedAt = nowIn(world)
  record.lastEditedAt = record.updatedAt
  record.editor = record.author
  touch(world, record.pullRequest)
  return record
})

/**
 * Minimizes an object, or shows it again if no reason is given. Does not change `updatedAt`, as on GitHub.
 */
export const minimize = change(
  z.strictObject({
    id: z.string(),
    reason: z
      .enum(['abuse', 'duplicate', 'off-topic', 'outdated', 'resolved', 'spam'])
      .nullable()
      .default(null),
  }),
  (world, { id, reason }) => {
    const record = recordCalled(world, id, ...SAID)
    record.minimizedReason = reason
    keep(world, record.pullRequest)
    return record
  },
)

/** Deletes a comment. A thread is deleted together with its last comment. */
export const deleteComment = change(z.strictObject({ id: z.string() }), (world, { id }) => {
  const record = recordCalled(world, id, 'IssueComment', 'PullRequestReviewComment')
  const pull = record.pullRequest
  if (record.__typename === 'IssueComment') {
    pull.comments = pull.comments.filter((one) => one.id !== record.id)
  } else {
    const { thread } = record
    thread.comments = thread.comments.filter((one) => one.id !== record.id)
    for (const other of thread.comments) {
      if (other.replyTo?.id === record.id) other.replyTo = null
    }
    if (thread.comments.length === 0) {
      pull.threads = pull.threads.filter((one) => one.id !== thread.id)
      world.nodes.delete(thread.id)
    }
  }
  world.nodes.delete(record.id)
  if (record.legacyId) world.nodes.delete(record.legacyId)
  touch(world, pull)
})

/** Does not change `updatedAt`, as on GitHub. */
export const resolveThread = change(
  z.strictObject({ thread: z.string(), by: z.string().default('stand-in-author') }),
  (world, args) => {
    const thread = recordCalled(world, args.thread, 'PullRequestReviewThread')
    thread.isResolved = true
    thread.resolvedBy = actorNamed(world, args.by)
    keep(world, thread.pullRequest)
    return thread
  },
)

/** Does not change `updatedAt`, as on GitHub. */
export const unresolveThread = change(z.strictObject({ thread: z.string() }), (world, args) => {
  const thread = recordCalled(world, args.thread, 'PullRequestReviewThread')
  thread.isResolved = false
  thread.resolvedBy = null
  keep(world, thread.pullRequest)
  return thread
})
