import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import type { Repository } from '../world/model.ts'
import { nodeId } from '../world/node-ids.ts'
import { dropPull } from '../world/pulls.ts'
import { actorNamed, addRepository, fullName, takeDatabaseId, type World } from '../world/world.ts'
import { beginCode } from './branches.ts'
import { change, nowIn, repositoryCalled, repositoryName } from './change.ts'

function moveName(world: World, repository: Repository, move: () => void): void {
  const before = fullName(repository).toLowerCase()
  const former = { owner: repository.owner, name: repository.name }
  move()
  const after = fullName(repository).toLowerCase()
  if (after !== before && world.names.has(after)) {
    const taken = fullName(repository)
    Object.assign(repository, former)
    throw new BadSourceError(`${taken} is the name of another repository: choose a free one.`)
  }
  world.names.delete(before)
  world.formerNames.set(before, repository)
  // A repository that takes a former name ends its redirection.
  world.formerNames.delete(after)
  world.names.set(after, repository)
  repository.updatedAt = nowIn(world)
}

export const rename = change(
  z.strictObject({ repository: repositoryName, name: z.string().regex(/^[\w.-]+$/) }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    moveName(world, repository, () => {
      repository.name = args.name
    })
    return repository
  },
)

export const transfer = change(
  z.strictObject({ repository: repositoryName, owner: z.string() }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    moveName(world, repository, () => {
      repository.owner = actorNamed(world, args.owner, 'Organization')
    })
    return repository
  },
)

export const createRepository = change(
  z.strictObject({
    repository: repositoryName,
    visibility: z.enum(['PUBLIC', 'PRIVATE', 'INTERNAL']).default('PUBLIC'),
    description: z.string().nullable().default(null),
  }),
  (world, args): Repository => {
    const [owner = '', name = ''] = args.repository.split('/')
    const databaseId = takeDatabaseId(world)
    const now = nowIn(world)
    const repository: Repository = {
      __typename: 'Repository',
      id: nodeId('Repository', databaseId),
      databaseId,
      owner: actorNamed(world, owner, 'Organization'),
      name,
      description: args.description,
      visibility: args.visibility,
      isArchived: false,
      isFork: false,
      isBlocked: false,
      defaultBranch: 'main',
      language: null,
      topics: [],
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
      labels: [],
      milestones: [],
      issues: new Map(),
      pulls: new Map(),
      writePull: null,
      numberOf: null,
      code: null,
    }
    beginCode(world, repository)
    addRepository(world, repository)
    world.formerNames.delete(args.repository.toLowerCase())
    return repository
  },
)

export const editRepository = change(
  z.strictObject({
    repository: repositoryName,
    description: z.string().nullable().optional(),
    topics: z.array(z.string()).optional(),
    visibility: z.enum(['PUBLIC', 'PRIVATE', 'INTERNAL']).optional(),
    isArchived: z.boolean().optional(),
    /** True if taken down for legal reasons. */
    isBlocked: z.boolean().optional(),
  }),
  (world, args) => {
    const { repository: name, ...changed } = args
    const repository = Object.assign(repositoryCalled(world, name), changed)
    repository.updatedAt = nowIn(world)
    return repository
  },
)

/** Removes all commits and pull requests, as in a new repository. */
export const emptyRepository = change(
  z.strictObject({ repository: repositoryName }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    dropAll(repository)
    repository.code?.refs.clear()
    repository.defaultBranch = null
    repository.pushedAt = null
    repository.updatedAt = nowIn(world)
    return repository
  },
)

export const deleteRepository = change(
  z.strictObject({ repository: repositoryName }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    dropAll(repository)
    world.repositories.delete(repository.id)
    world.repositoriesByDatabaseId.delete(repository.databaseId)
    world.names.delete(fullName(repository).toLowerCase())
    for (const [name, led] of world.formerNames) {
      if (led === repository) world.formerNames.delete(name)
    }
    for (const [id, record] of world.nodes) {
      if (record === repository || belongsTo(record, repository)) world.nodes.delete(id)
    }
  },
)

function dropAll(repository: Repository): void {
  for (const number of [...repository.pulls.keys()]) dropPull(repository, number)
}

function belongsTo(record: object, repository: Repository): boolean {
  if ('repository' in record) return record.repository === repository
  return 'pullRequest' in record && belongsTo(record.pullRequest as object, repository)
}
