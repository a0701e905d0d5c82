import { GraphQLError } from 'graphql'
import { lacks, mayRead } from '../../world/access.ts'
import type { Actor, Located, Permission, Repository } from '../../world/model.ts'
import { findByName, locate } from '../../world/world.ts'
import type { Resolution, Resolvers } from '../resolution.ts'
import { asUser } from './as-user.ts'

export const query: Resolvers<unknown> = {
  viewer: (_, __, { identity }) => asUser(identity.viewer),
  rateLimit: (_, args: { dryRun?: boolean }, { budget, cost }) => {
    if (args.dryRun) throw new GraphQLError('The stand-in GitHub does not model rateLimit(dryRun)')
    return budget && { ...budget, cost: cost.points, nodeCount: cost.nodes }
  },
  node: (_, { id }: { id: string }, reading) => reading.admit(nodeOf(id, reading)),
  nodes: (_, { ids }: { ids: string[] }, reading) => ({
    *[Symbol.iterator]() {
      for (const id of ids) yield nodeOrError(id, reading)
    },
  }),
  repository: (_, args: RepositoryArgs, reading) => repositoryNamed(args, reading),
  repositoryOwner: (_, { login }: { login: string }, { world }) => accountNamed(world, login),
  organization: (_, { login }: { login: string }, { world }) => {
    const account = accountNamed(world, login)
    if (account?.__typename === 'Organization') return account
    throw notFound(`Could not resolve to an Organization with the login of '${login}'.`)
  },
  user: (_, { login }: { login: string }, { world }) => {
    const account = accountNamed(world, login)
    if (account?.__typename === 'User') return account
    throw notFound(`Could not resolve to a User with the login of '${login}'.`)
  },
}

type RepositoryArgs = { owner: string; name: string; followRenames?: boolean }

function repositoryNamed(args: RepositoryArgs, { world, identity }: Resolution): Repository {
  const { owner, name, followRenames = true } = args
  const found = findByName(world, owner, name)
  const isCurrent = found && found === world.names.get(`${owner}/${name}`.toLowerCase())
  if (!found || !mayRead(identity, found) || (!followRenames && !isCurrent)) {
    throw notFound(`Could not resolve to a Repository with the name '${owner}/${name}'.`)
  }
  if (found.isBlocked) throw failure('FORBIDDEN', 'Repository access blocked')
  return found
}

function accountNamed(world: Resolution['world'], login: string): Actor | null {
  return world.actors.get(login.toLowerCase()) ?? null
}

function nodeOrError(id: string, reading: Resolution): unknown {
  try {
    return reading.admit(nodeOf(id, reading))
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

function nodeOf(id: string, reading: Resolution): Located {
  const record = locate(reading.world, id)
  const repository = record && repositoryOf(record)
  if (!record || (repository && !mayRead(reading.identity, repository))) {
    throw notFound(`Could not resolve to a node with the global id of '${id}'`)
  }
  if (repository?.isBlocked) throw failure('FORBIDDEN', 'Repository access blocked')
  if (needed(record) && lacks(reading.identity, needed(record) as Permission)) {
    throw notAccessible()
  }
  return record
}

function needed(record: Located): Permission | null {
  if ('pullRequest' in record || record.__typename === 'PullRequest') return 'pull_requests'
  if (record.__typename === 'Issue') return 'issues'
  return record.__typename === 'Commit' ? 'contents' : null
}

function repositoryOf(record: Located): Repository | null {
  if (record.__typename === 'Repository') return record
  if ('pullRequest' in record) return record.pullRequest.repository
  return 'repository' in record ? record.repository : null
}

export function notFound(message: string): GraphQLError {
  return failure('NOT_FOUND', message)
}

/** Throws the same error as GitHub for an installation whose permissions do not cover a field. */
export function demand(reading: Resolution, ...anyOf: Permission[]): void {
  if (anyOf.every((permission) => lacks(reading.identity, permission))) throw notAccessible()
}

export function notAccessible(): GraphQLError {
  return failure('FORBIDDEN', 'Resource not accessible by integration')
}

function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } })
}
