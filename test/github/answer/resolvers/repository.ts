import { tipOf } from '../../git/code.ts'
import type { Label, Milestone, PullRequestHead, Repository } from '../../world/model.ts'
import { hashedDatabaseId, nodeId } from '../../world/node-ids.ts'
import { orderedPulls, readPull } from '../../world/pulls.ts'
import { showCommit } from '../../world/shown-commit.ts'
import { fullName } from '../../world/world.ts'
import type { PageArgs } from '../paging.ts'
import { connect, connectInOrder, type Resolution, type Resolvers } from '../resolution.ts'
import { demand, notFound } from './query.ts'

type PullFilter = PageArgs & {
  states?: string[] | null
  labels?: string[] | null
  headRefName?: string | null
  baseRefName?: string | null
  orderBy?: { field: string; direction: 'ASC' | 'DESC' } | null
}

export const repository: Resolvers<Repository> = {
  nameWithOwner: (source) => fullName(source),
  url: (source, _, { webUrl }) => `${webUrl}/${fullName(source)}`,
  resourcePath: (source) => `/${fullName(source)}`,
  homepageUrl: () => null,
  isPrivate: (source) => source.visibility !== 'PUBLIC',
  isEmpty: (source) => source.defaultBranch === null,
  isDisabled: (source) => source.isBlocked,
  isLocked: () => false,
  isMirror: () => false,
  isTemplate: () => false,
  isInOrganization: (source) => source.owner.__typename === 'Organization',
  hasIssuesEnabled: () => true,
  archivedAt: (source) => (source.isArchived ? source.updatedAt : null),
  diskUsage: (source) => (source.defaultBranch === null ? 0 : 1_000 + 50 * source.pulls.size),
  forkCount: () => 0,
  stargazerCount: () => 0,
  parent: () => null,
  viewerPermission: () => 'READ',
  defaultBranchRef: (source) =>
    source.defaultBranch === null ? null : refOf(source, source.defaultBranch),
  primaryLanguage: (source) => source.language && languageOf(source.language),
  languages: (source, args: PageArgs, reading) => ({
    ...connectInOrder(source.language ? [languageOf(source.language)] : [], args, reading),
    totalSize: source.language ? 100_000 + 2_000 * source.pulls.size : 0,
  }),
  repositoryTopics: (source, args: PageArgs, reading) =>
    connectInOrder(source.topics, args, reading, topicOf),
  labels: (source, args: PageArgs, reading) => connectInOrder(source.labels, args, reading),
  label: (source, { name }: { name: string }) =>
    source.labels.find((one) => one.name === name) ?? null,
  milestones: (source, args: PageArgs, reading) => connectInOrder(source.milestones, args, reading),
  milestone: (source, { number }: { number: number }) =>
    source.milestones.find((one) => one.number === number) ?? null,
  issues: (source, args: PageArgs, reading) => {
    demand(reading, 'issues')
    return connectInOrder([...source.issues.values()], args, reading)
  },
  issue: (source, { number }: { number: number }, reading) => {
    demand(reading, 'issues')
    const issue = source.issues.get(number)
    if (issue) return issue
    throw notFound(`Could not resolve to an Issue with the number of ${number}.`)
  },
  pullRequest: (source, { number }: { number: number }, reading) => {
    demand(reading, 'pull_requests')
    const pull = readPull(source, number)
    if (pull) return reading.admit(pull)
    throw notFound(`Could not resolve to a PullRequest with the number of ${number}.`)
  },
  pullRequests: (source, args: PullFilter, reading) => connectPulls(source, args, reading),
}

function connectPulls(source: Repository, args: PullFilter, reading: Resolution) {
  demand(reading, 'pull_requests')
  const field = args.orderBy?.field ?? 'CREATED_AT'
  if (field !== 'UPDATED_AT' && field !== 'CREATED_AT') {
    throw new Error(`The stand-in GitHub does not order pull requests by ${field}`)
  }
  const descending = args.orderBy?.direction === 'DESC'
  const heads = orderedPulls(source, field).filter((head) => matches(source, head, args))
  const value = field === 'UPDATED_AT' ? 'updatedAt' : 'createdAt'
  const shown = reading.show('pullRequests', descending ? heads.reverse() : heads)
  const list = { ...shown, descending, place: (head: PullRequestHead) => placeOf(head, value) }
  return connect(list, args, reading, (head) => readPull(source, head.number))
}

function placeOf(head: PullRequestHead, value: 'createdAt' | 'updatedAt') {
  return [head[value], head.databaseId] as const
}

function matches(source: Repository, head: PullRequestHead, filter: PullFilter): boolean {
  if (filter.states && !filter.states.includes(head.state)) return false
  if (!filter.labels && !filter.headRefName && !filter.baseRefName) return true
  const pull = readPull(source, head.number)
  if (!pull) return false
  if (filter.headRefName && pull.headRefName !== filter.headRefName) return false
  if (filter.baseRefName && pull.baseRefName !== filter.baseRefName) return false
  return !filter.labels || pull.labels.some((label) => filter.labels?.includes(label.name))
}

export function refOf(source: Repository, name: string) {
  return {
    __typename: 'Ref',
    id: nodeId('Ref', source.databaseId, hashedDatabaseId(name)),
    name,
    prefix: 'refs/heads/',
    repository: source,
  }
}

function languageOf(name: string) {
  const id = nodeId('Language', hashedDatabaseId(name))
  return { __typename: 'Language', id, name, color: null }
}

function topicOf(name: string) {
  const number = hashedDatabaseId(name)
  const topic = { __typename: 'Topic', id: nodeId('Topic', number), name }
  return {
    __typename: 'RepositoryTopic',
    id: nodeId('RepositoryTopic', number),
    topic,
    url: `https://github.com/topics/${name}`,
    resourcePath: `/topics/${name}`,
  }
}

export const ref: Resolvers<ReturnType<typeof refOf>> = {
  target: ({ repository: source, name }, _, reading) => {
    demand(reading, 'contents')
    if (!source.code) throw new Error('The stand-in GitHub has no code of this repository')
    const tip = tipOf(source.code, name)
    return tip && showCommit(reading.world, source, source.code, tip)
  },
}

export const label: Resolvers<Label> = {
  url: (source, _, { webUrl }) =>
    `${webUrl}/${fullName(source.repository)}/labels/${encodeURIComponent(source.name)}`,
  isDefault: () => false,
}

export const milestone: Resolvers<Milestone> = {
  url: (source, _, { webUrl }) =>
    `${webUrl}/${fullName(source.repository)}/milestone/${source.number}`,
  closed: (source) => source.state === 'CLOSED',
  updatedAt: (source) => source.createdAt,
}
