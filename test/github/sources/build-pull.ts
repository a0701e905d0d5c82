import type {
  Commit,
  PullRequest,
  Repository,
  Review,
  ReviewComment,
  ReviewDecision,
  Thread,
  TimelineEvent,
} from '../world/model.ts'
import { hashedDatabaseId, nodeId } from '../world/node-ids.ts'
import { actorNamed, fullName, type World } from '../world/world.ts'
import type { ArchivedCommit, ArchivedPull, ArchivedThread } from './archive-format.ts'
import { identify } from './identify.ts'

export function buildPull(world: World, repository: Repository, from: ArchivedPull): PullRequest {
  const { closes, milestone, headRepository, mergeCommit, commits, rollup, url, ...rest } = from
  const pull: PullRequest = {
    ...rest,
    ...identify('PullRequest', repository, from.id),
    __typename: 'PullRequest',
    repository,
    author: actorOf(world, from.author),
    mergedBy: actorOf(world, from.mergedBy),
    mergeCommitOid: mergeCommit,
    head: headOf(headRepository, repository),
    labels: repository.labels.filter((label) => from.labels.includes(label.name)),
    assignees: from.assignees.map((login) => actorNamed(world, login)),
    milestone: repository.milestones.find((one) => one.title === milestone) ?? null,
    closing: closes.flatMap((number) => repository.issues.get(number) ?? []),
    commits: commits.map((commit) => buildCommit(world, repository, commit)),
    comments: [],
    reviews: [],
    threads: [],
    events: [],
    reviewDecision: null,
    rollupState: rollup,
    lastEditedAt: null,
    editor: null,
  }
  const last = pull.commits.at(-1)
  if (last) last.rollupState = rollup
  pull.comments = from.comments.map((comment) => ({
    ...comment,
    ...repliesTo(world, pull, comment.author),
    ...identify('IssueComment', repository, comment.id),
    __typename: 'IssueComment',
  }))
  pull.reviews = from.reviews.map((review) => buildReview(world, pull, review))
  const reviews = new Map(from.reviews.map((one, index) => [one.id, pull.reviews[index]]))
  pull.threads = from.threads.map((thread) => buildThread(world, pull, thread, reviews))
  pull.events = endings(pull)
  pull.reviewDecision = decide(pull.reviews)
  return pull
}

function headOf(name: string | null, repository: Repository): PullRequest['head'] {
  if (name === null) return null
  return name === fullName(repository) ? 'own repository' : { fork: name }
}

function actorOf(world: World, login: string | null) {
  return login === null ? null : actorNamed(world, login)
}

function repliesTo(world: World, pullRequest: PullRequest, author: string | null) {
  return { author: actorOf(world, author), lastEditedAt: null, editor: null, pullRequest }
}

function buildCommit(world: World, repository: Repository, commit: ArchivedCommit): Commit {
  const { authorLogin, parents, ...rest } = commit
  const user = actorOf(world, authorLogin)
  return {
    ...rest,
    __typename: 'Commit',
    id: nodeId('Commit', repository.databaseId, commit.oid),
    authorUser: user,
    committerName: commit.authorName,
    committerEmail: commit.authorEmail,
    committerUser: user,
    parentOids: parents,
    rollupState: null,
    repository,
  }
}

function buildReview(
  world: World,
  pull: PullRequest,
  from: ArchivedPull['reviews'][number],
): Review {
  const { commit, ...rest } = from
  return {
    ...rest,
    ...repliesTo(world, pull, from.author),
    ...identify('PullRequestReview', pull.repository, from.id),
    __typename: 'PullRequestReview',
    submittedAt: from.createdAt,
    commitOid: pull.commits.find((one) => commit && one.oid.startsWith(commit))?.oid ?? null,
  }
}

function buildThread(
  world: World,
  pull: PullRequest,
  from: ArchivedThread,
  reviews: Map<string, Review | undefined>,
): Thread {
  const { comments, resolvedBy, ...rest } = from
  const thread: Thread = {
    ...rest,
    __typename: 'PullRequestReviewThread',
    databaseId: hashedDatabaseId(from.id),
    line: from.isOutdated ? null : from.line,
    originalLine: from.line,
    startLine: null,
    resolvedBy: actorOf(world, resolvedBy) ?? (from.isResolved ? pull.mergedBy : null),
    comments: [],
    pullRequest: pull,
  }
  for (const comment of comments) {
    const { reviewId, ...said } = comment
    thread.comments.push({
      ...said,
      ...repliesTo(world, pull, comment.author),
      ...identify('PullRequestReviewComment', pull.repository, comment.id),
      __typename: 'PullRequestReviewComment',
      thread,
      review: (reviewId === null ? null : reviews.get(reviewId)) ?? null,
      replyTo: thread.comments[0] ?? null,
    } satisfies ReviewComment)
  }
  return thread
}

export function endings(pull: PullRequest): TimelineEvent[] {
  const events: TimelineEvent[] = []
  const base = { beforeOid: null, afterOid: null, pullRequest: pull }
  const ids = [pull.repository.databaseId, pull.databaseId] as const
  if (pull.mergedAt) {
    const id = nodeId('MergedEvent', ...ids)
    const actor = pull.mergedBy
    events.push({ __typename: 'MergedEvent', id, actor, createdAt: pull.mergedAt, ...base })
  }
  if (pull.closedAt) {
    const id = nodeId('ClosedEvent', ...ids)
    const actor = pull.mergedBy
    events.push({ __typename: 'ClosedEvent', id, actor, createdAt: pull.closedAt, ...base })
  }
  return events
}

/** Derives the decision from the latest opinion of each reviewer; null without opinions. */
export function decide(reviews: Review[]): ReviewDecision | null {
  const opinions = new Map<string, string>()
  for (const review of reviews) {
    if (review.state === 'APPROVED' || review.state === 'CHANGES_REQUESTED') {
      opinions.set(review.author?.id ?? review.id, review.state)
    } else if (review.state === 'DISMISSED') opinions.delete(review.author?.id ?? review.id)
  }
  const states = [...opinions.values()]
  if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED'
  return states.includes('APPROVED') ? 'APPROVED' : null
}
