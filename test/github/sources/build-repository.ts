import type { Issue, Label, Milestone, Repository } from '../world/model.ts'
import { hashedDatabaseId, nodeId, readNodeId } from '../world/node-ids.ts'
import { actorNamed, addRepository, type World } from '../world/world.ts'
import type { Archive } from './archive-format.ts'
import { buildPull } from './build-pull.ts'
import { identify } from './identify.ts'

/** Adds an archived repository with all its content to the world. */
export function buildRepository(
  world: World,
  archive: Archive,
  visibility?: 'PRIVATE',
): Repository {
  const repository = bareRepository(world, archive)
  if (visibility) repository.visibility = visibility
  repository.labels = archive.labels.map((label) => buildLabel(repository, label))
  repository.milestones = archive.milestones.map((one, index) => ({
    __typename: 'Milestone',
    id: nodeId('Milestone', repository.databaseId, index + 1),
    number: index + 1,
    title: one.title,
    description: one.description,
    state: 'OPEN',
    dueOn: null,
    createdAt: repository.createdAt,
    repository,
  })) satisfies Milestone[]
  for (const issue of archive.issues) {
    repository.issues.set(issue.number, buildIssue(world, repository, issue))
  }
  for (const pull of archive.pulls) {
    repository.pulls.set(pull.number, buildPull(world, repository, pull))
  }
  addRepository(world, repository)
  return repository
}

function bareRepository(world: World, archive: Archive): Repository {
  const [login = '', name = ''] = archive.repo.split('/')
  const owner = actorNamed(world, login, 'Organization')
  const databaseId = recordedDatabaseId(archive) ?? hashedDatabaseId(`repository ${archive.repo}`)
  const moments = archive.pulls.flatMap((pull) => [pull.createdAt, pull.updatedAt]).sort()
  const latest = moments.at(-1) ?? archive.exportedAt
  return {
    __typename: 'Repository',
    id: nodeId('Repository', databaseId),
    databaseId,
    owner,
    name,
    description: archive.description,
    visibility: archive.isPrivate ? 'PRIVATE' : 'PUBLIC',
    isArchived: archive.isArchived,
    isFork: false,
    isBlocked: false,
    defaultBranch: archive.defaultBranch,
    language: archive.language,
    topics: archive.topics,
    createdAt: moments[0] ?? archive.exportedAt,
    updatedAt: latest,
    pushedAt: archive.defaultBranch === null ? null : latest,
    labels: [],
    milestones: [],
    issues: new Map(),
    pulls: new Map(),
    writePull: null,
    numberOf: null,
    code: null,
  }
}

/** Returns the database id that the new-format ids of pull requests contain for their repository. */
function recordedDatabaseId(archive: Archive): number | null {
  for (const pull of archive.pulls) {
    const parts = pull.id.startsWith('PR_') ? readNodeId(pull.id) : null
    if (parts) return parts.repository
  }
  return null
}

function buildLabel(repository: Repository, label: Archive['labels'][number]): Label {
  const databaseId = hashedDatabaseId(`label ${repository.databaseId} ${label.name}`)
  return {
    __typename: 'Label',
    id: nodeId('Label', repository.databaseId, databaseId),
    name: label.name,
    color: label.color,
    description: label.description,
    repository,
  }
}

function buildIssue(world: World, repository: Repository, issue: Archive['issues'][number]): Issue {
  const { id, legacyId, databaseId } = identify('Issue', repository, issue.id)
  return {
    __typename: 'Issue',
    id,
    legacyId,
    databaseId,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    author: issue.author === null ? null : actorNamed(world, issue.author),
    createdAt: issue.createdAt,
    updatedAt: issue.closedAt ?? issue.createdAt,
    closedAt: issue.closedAt,
    repository,
  }
}
