import { isShownTo, isThreadShownTo } from '../../world/drafts.ts'
import type { Commit, PullRequest, Repository, Thread, TimelineEvent } from '../../world/model.ts'
import { hashedDatabaseId, nodeId } from '../../world/node-ids.ts'
import { actorNamed, findByName, fullName, type World } from '../../world/world.ts'
import type { PageArgs } from '../paging.ts'
import { connect, connectInOrder, type Resolution, type Resolvers } from '../resolution.ts'
import { mergeCommitOf, rollupOf } from './commit.ts'
import { demand } from './query.ts'
import { refOf } from './repository.ts'
import { timelineItems } from './timeline.ts'

type ReviewArgs = PageArgs & { states?: string[] | null; author?: string | null }
type OrderedArgs = PageArgs & { orderBy?: { field: string; direction: 'ASC' | 'DESC' } | null }

export const pullRequest: Resolvers<PullRequest> = {
  url: (source, _, reading) => pullUrl(source, reading),
  permalink: (source, _, reading) => pullUrl(source, reading),
  resourcePath: (source) => `/${fullName(source.repository)}/pull/${source.number}`,
  closed: (source) => source.state !== 'OPEN',
  merged: (source) => source.state === 'MERGED',
  locked: () => false,
  isReadByViewer: () => true,
  mergeable: (source) => (source.state === 'OPEN' ? 'MERGEABLE' : 'UNKNOWN'),
  totalCommentsCount: (source) =>
    source.comments.length + source.threads.reduce((sum, one) => sum + one.comments.length, 0),
  baseRepository: (source) => source.repository,
  baseRef: (source) => refOf(source.repository, source.baseRefName),
  headRef: (source) => (source.head === null ? null : refOf(source.repository, source.headRefName)),
  headRepository: (source, _, { world }) => headOf(source, world),
  headRepositoryOwner: (source, _, { world }) => headOf(source, world)?.owner ?? null,
  isCrossRepository: (source) => source.head !== 'own repository',
  mergeCommit: (source, _, reading) => {
    demand(reading, 'contents')
    return mergeCommitOf(source, reading.world)
  },
  statusCheckRollup: (source, _, reading) => {
    reading.approach(source)
    demand(reading, 'checks', 'statuses')
    return rollupOf(source.rollupState, source.commits.at(-1) ?? null, source.repository)
  },
  labels: (source, args: PageArgs, reading) => listOf(source, 'labels', args, reading),
  assignees: (source, args: PageArgs, reading) => {
    const users = source.assignees.filter((actor) => actor.__typename === 'User')
    return connectInOrder(reading.show('assignees', users), args, reading)
  },
  assignedActors: (source, args: PageArgs, reading) => listOf(source, 'assignees', args, reading),
  files: (source, args: PageArgs, reading) => listOf(source, 'files', args, reading),
  closingIssuesReferences: (source, args: PageArgs, reading) => {
    demand(reading, 'issues')
    return listOf(source, 'closing', args, reading)
  },
  commits: (source, args: PageArgs, reading) => {
    demand(reading, 'contents')
    const wrap = (commit: Commit) => commitOfPull(source, commit)
    reading.approach(source)
    return connectInOrder(reading.show('commits', source.commits), args, reading, wrap)
  },
  reviews: (source, args: ReviewArgs, reading) => {
    reading.approach(source)
    const items = source.reviews.filter(
      (review) =>
        isShownTo(reading.identity.viewer, review) &&
        (!args.states || args.states.includes(review.state)) &&
        (!args.author || review.author?.login === args.author),
    )
    const shown = reading.show('reviews', inTime(items))
    return connect({ ...shown, place: placeInTime }, args, reading)
  },
  comments: (source, args: OrderedArgs, reading) => {
    reading.approach(source)
    const shown = reading.show('comments', inTime(source.comments))
    if (!args.orderBy) return connect({ ...shown, place: placeInTime }, args, reading)
    const descending = args.orderBy.direction === 'DESC'
    const ordered = shown.items.toSorted((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1))
    const list = { ...shown, items: descending ? ordered.reverse() : ordered, descending }
    return connect({ ...list, place: (one) => [one.updatedAt, one.databaseId] }, args, reading)
  },
  reviewThreads: (source, args: PageArgs, reading) => {
    reading.approach(source)
    const { viewer } = reading.identity
    const seen = source.threads.filter((thread) => isThreadShownTo(viewer, thread))
    const items = inTime(seen.map((thread) => ({ ...placed(thread), thread })))
    const shown = reading.show('reviewThreads', items)
    return connect({ ...shown, place: placeInTime }, args, reading, ({ thread }) => thread)
  },
  timelineItems,
}

export function pullUrl(pull: PullRequest, { webUrl }: Resolution): string {
  return `${webUrl}/${fullName(pull.repository)}/pull/${pull.number}`
}

export function commitOfPull(pull: PullRequest, commit: Commit) {
  return {
    __typename: 'PullRequestCommit',
    id: nodeId('PullRequestCommit', pull.repository.databaseId, pull.databaseId, commit.oid),
    commit,
    pullRequest: pull,
  }
}

export function inTime<T extends { createdAt: string; databaseId: number }>(items: T[]): T[] {
  return items.toSorted((a, b) => {
    if (a.createdAt === b.createdAt) return a.databaseId - b.databaseId
    return a.createdAt < b.createdAt ? -1 : 1
  })
}

/** Gives a thread, which has no timestamp of its own, the time of its first comment. */
function placed({ comments, databaseId, pullRequest }: Thread) {
  return { createdAt: comments[0]?.createdAt ?? pullRequest.createdAt, databaseId }
}

export function placeInTime(item: { createdAt: string; databaseId: number }) {
  return [item.createdAt, item.databaseId] as const
}

type PlainList = 'labels' | 'assignees' | 'files' | 'closing'

function listOf(source: PullRequest, list: PlainList, args: PageArgs, reading: Resolution) {
  reading.approach(source)
  return connectInOrder(reading.show<unknown>(list, source[list]), args, reading)
}

/** Returns the fork of a pull request's branch; forks have no content, so an empty repository is enough. */
function headOf(pull: PullRequest, world: World): Repository | null {
  if (pull.head === 'own repository') return pull.repository
  if (pull.head === null) return null
  const name = pull.head.fork
  const [owner = '', ownName = ''] = name.split('/')
  const known = findByName(world, owner, ownName)
  if (known) return known
  const databaseId = hashedDatabaseId(`repository ${name}`)
  return {
    ...pull.repository,
    id: nodeId('Repository', databaseId),
    databaseId,
    owner: actorNamed(world, owner),
    name: ownName,
    visibility: 'PUBLIC',
    isFork: true,
    issues: new Map(),
    pulls: new Map(),
    labels: [],
    milestones: [],
  }
}

export const pullRequestCommit: Resolvers<ReturnType<typeof commitOfPull>> = {
  url: (source, _, reading) =>
    `${pullUrl(source.pullRequest, reading)}/commits/${source.commit.oid}`,
}

export const changedFile: Resolvers<PullRequest['files'][number]> = {
  changeType: (source) => source.changeType ?? 'MODIFIED',
  viewerViewedState: () => 'UNVIEWED',
}

export const timelineEvent: Resolvers<TimelineEvent> = {
  mergeRefName: (source) => source.pullRequest.baseRefName,
  commit: (source, _, { world }) => mergeCommitOf(source.pullRequest, world),
  beforeCommit: (source) => commitNamed(source.pullRequest, source.beforeOid),
  afterCommit: (source) => commitNamed(source.pullRequest, source.afterOid),
  closable: (source) => source.pullRequest,
}

function commitNamed(pull: PullRequest, oid: string | null): Commit | null {
  return pull.commits.find((commit) => commit.oid === oid) ?? null
}
