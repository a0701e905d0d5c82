import { isDraft, isShownTo } from '../../world/drafts.ts'
import type { Commit, PullRequest, Review, ReviewComment, Thread } from '../../world/model.ts'
import type { PageArgs } from '../paging.ts'
import { connect, type Resolvers } from '../resolution.ts'
import { asUser } from './as-user.ts'
import { inTime, placeInTime, pullUrl } from './pull-request.ts'
import { demand } from './query.ts'

function commitNamed(pull: PullRequest, oid: string | null): Commit | null {
  return pull.commits.find((commit) => commit.oid === oid) ?? null
}

export const review: Resolvers<Review> = {
  url: (source, _, reading) =>
    `${pullUrl(source.pullRequest, reading)}#pullrequestreview-${source.databaseId}`,
  repository: (source) => source.pullRequest.repository,
  commit: (source, _, reading) => {
    demand(reading, 'contents')
    return commitNamed(source.pullRequest, source.commitOid)
  },
  comments: (source, args: PageArgs, reading) => {
    reading.approach(source.pullRequest)
    const own = source.pullRequest.threads
      .flatMap((one) => one.comments)
      .filter((comment) => comment.review === source)
    return connect({ items: inTime(own), place: placeInTime }, args, reading)
  },
}

export const thread: Resolvers<Thread> = {
  repository: (source) => source.pullRequest.repository,
  resolvedBy: (source) => asUser(source.resolvedBy),
  isCollapsed: (source) => source.isResolved,
  startDiffSide: (source) => (source.startLine === null ? null : source.diffSide),
  originalStartLine: (source) => source.startLine,
  subjectType: () => 'LINE',
  comments: (source, args: PageArgs, reading) => {
    reading.approach(source.pullRequest)
    const { viewer } = reading.identity
    const seen = source.comments.filter((comment) => isShownTo(viewer, comment))
    const shown = reading.show('threadComments', inTime(seen))
    return connect({ ...shown, place: placeInTime }, args, reading)
  },
}

export const reviewComment: Resolvers<ReviewComment> = {
  url: (source, _, reading) =>
    `${pullUrl(source.pullRequest, reading)}#discussion_r${source.databaseId}`,
  repository: (source) => source.pullRequest.repository,
  pullRequestReview: (source) => source.review,
  path: (source) => source.thread.path,
  line: (source) => source.thread.line,
  startLine: (source) => source.thread.startLine,
  originalLine: (source) => source.thread.originalLine,
  originalStartLine: (source) => source.thread.startLine,
  originalPosition: (source) => source.thread.originalLine ?? 1,
  position: (source) => source.thread.line,
  outdated: (source) => source.thread.isOutdated,
  subjectType: () => 'LINE',
  state: (source) => (isDraft(source) ? 'PENDING' : 'SUBMITTED'),
  draftedAt: (source) => source.createdAt,
  commit: (source, _, reading) => {
    demand(reading, 'contents')
    return source.pullRequest.commits.at(-1) ?? null
  },
  originalCommit: (source, _, reading) => {
    demand(reading, 'contents')
    return commitNamed(source.pullRequest, source.review?.commitOid ?? null)
  },
}
