import { BadSourceError } from '#test/github/bad-source.ts'
import type { HookEvent } from '../hooks/hook-event.ts'
import type { Clock } from './clock.ts'
import type { Actor, Installation, Located, PullRequest, Repository } from './model.ts'
import { hashedDatabaseId, nodeId, readNodeId } from './node-ids.ts'
import { readPull } from './pulls.ts'

export type World = {
  clock: Clock
  actors: Map<string, Actor>
  repositories: Map<string, Repository>
  repositoriesByDatabaseId: Map<number, Repository>
  /** By current name in lower case. */
  names: Map<string, Repository>
  /** By former name, as long as no other repository has taken it. */
  formerNames: Map<string, Repository>
  /** All objects in memory by node id, and by their id of the old format if they have one. */
  nodes: Map<string, Located>
  installations: Map<number, Installation>
  nextDatabaseId: number
  /** Tells the App's hook about a change. */
  announce: (event: HookEvent) => void
}

export function makeWorld(clock: Clock): World {
  return {
    clock,
    actors: new Map(),
    repositories: new Map(),
    repositoriesByDatabaseId: new Map(),
    names: new Map(),
    formerNames: new Map(),
    nodes: new Map(),
    installations: new Map(),
    // Above every id that files and generators assign, and below 2³¹.
    nextDatabaseId: 2_000_000_000,
    announce: () => {},
  }
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`
}

export function takeDatabaseId(world: World): number {
  world.nextDatabaseId += 1
  return world.nextDatabaseId
}

/** Returns the account with that login, creating it if necessary; `[bot]` at the end makes it a bot. */
export function actorNamed(
  world: World,
  login: string,
  kind: 'User' | 'Organization' = 'User',
): Actor {
  const known = world.actors.get(login.toLowerCase())
  if (known) return known
  const isBot = login.endsWith('[bot]')
  const __typename = isBot ? 'Bot' : kind
  const databaseId = hashedDatabaseId(`actor ${login.toLowerCase()}`)
  const actor: Actor = {
    __typename,
    id: nodeId(__typename, databaseId),
    databaseId,
    login: isBot ? login.slice(0, -'[bot]'.length) : login,
    name: null,
    email: '',
    createdAt: '2015-01-01T00:00:00Z',
  }
  world.actors.set(login.toLowerCase(), actor)
  world.nodes.set(actor.id, actor)
  return actor
}

export function addRepository(world: World, repository: Repository): void {
  const name = fullName(repository).toLowerCase()
  if (world.names.has(name)) {
    throw new BadSourceError(
      `Two repositories are called ${fullName(repository)}: give each source once.`,
    )
  }
  world.repositories.set(repository.id, repository)
  world.repositoriesByDatabaseId.set(repository.databaseId, repository)
  world.names.set(name, repository)
  world.nodes.set(repository.id, repository)
  for (const record of [...repository.labels, ...repository.milestones]) {
    world.nodes.set(record.id, record)
  }
  for (const issue of repository.issues.values()) {
    world.nodes.set(issue.id, issue)
    if (issue.legacyId) world.nodes.set(issue.legacyId, issue)
  }
  for (const head of repository.pulls.values()) {
    if ('threads' in head) indexPull(world, head)
  }
}

/** Indexes a pull request and everything below it by node id. */
export function indexPull(world: World, pull: PullRequest): void {
  for (const record of recordsOf(pull)) {
    world.nodes.set(record.id, record)
    if ('legacyId' in record && record.legacyId) world.nodes.set(record.legacyId, record)
  }
}

export function recordsOf(pull: PullRequest): Located[] {
  return [
    pull,
    ...pull.commits,
    ...pull.comments,
    ...pull.reviews,
    ...pull.threads,
    ...pull.threads.flatMap((thread) => thread.comments),
  ]
}

export function locate(world: World, id: string): Located | null {
  const known = world.nodes.get(id)
  if (known) return known
  const parts = readNodeId(id)
  const repository = parts && world.repositoriesByDatabaseId.get(parts.repository)
  if (!parts || !repository?.numberOf) return null
  const pull = readPull(repository, repository.numberOf(parts.own))
  return (pull && recordsOf(pull).find((record) => record.id === id)) ?? null
}

/** Returns owner and name of the branch's repository; the current name if it is the own repository. */
export function headName({ head, repository }: PullRequest): string | null {
  return head === 'own repository' ? fullName(repository) : (head?.fork ?? null)
}

/** Finds a repository by its current name or, as GitHub redirects, by a former one. */
export function findByName(world: World, owner: string, name: string): Repository | null {
  const key = `${owner}/${name}`.toLowerCase()
  return world.names.get(key) ?? world.formerNames.get(key) ?? null
}
