import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { toMoment } from '../world/clock.ts'
import type { Issue, Located, PullRequest, Repository } from '../world/model.ts'
import { keepPull, readPull } from '../world/pulls.ts'
import { findByName, indexPull, locate, type World } from '../world/world.ts'

/** A change on GitHub: the format of its arguments, and its effect on the world. */
export type Change<Input, Args, Result> = {
  format: z.ZodType<Args, Input>
  apply: (world: World, args: Args) => Result
}

export function change<Input, Args, Result>(
  format: z.ZodType<Args, Input>,
  apply: (world: World, args: Args) => Result,
): Change<Input, Args, Result> {
  return { format, apply }
}

/** `owner/name#12`, or the node id of a pull request. */
export const pullName = z.string().min(1)
/** `owner/name`. */
export const repositoryName = z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'must be owner/name')

export function nowIn(world: World): string {
  return toMoment(world.clock.now())
}

export function repositoryCalled(world: World, name: string): Repository {
  const [owner = '', own = ''] = name.split('/')
  const found = findByName(world, owner, own)
  if (found) return found
  throw new BadSourceError(`There is no repository ${name}: name one of those it was started with.`)
}

export function pullCalled(world: World, name: string): PullRequest {
  const [, repository, number] = /^([^#]+)#(\d+)$/.exec(name) ?? []
  const pull = repository
    ? readPull(repositoryCalled(world, repository), Number(number))
    : locate(world, name)
  if (pull?.__typename === 'PullRequest') return pull
  throw new BadSourceError(
    `There is no pull request ${name}: write owner/name#number or a node id.`,
  )
}

export function issueCalled(world: World, name: string): Issue {
  const [repository = '', number] = name.split('#')
  const issue = repositoryCalled(world, repository).issues.get(Number(number))
  if (issue) return issue
  throw new BadSourceError(`There is no issue ${name}: write owner/name#number.`)
}

export function recordCalled<Kind extends Located['__typename']>(
  world: World,
  id: string,
  ...kinds: Kind[]
): Extract<Located, { __typename: Kind }> {
  const found = locate(world, id)
  if (found && kinds.some((kind) => kind === found.__typename)) {
    return found as Extract<Located, { __typename: Kind }>
  }
  throw new BadSourceError(`There is no ${kinds.join(' or ')} with the id ${id}.`)
}

/** Stores the changes of a pull request without changing `updatedAt`. */
export function keep(world: World, pull: PullRequest): void {
  keepPull(pull)
  indexPull(world, pull)
}

/** Stores the changes and updates `updatedAt`, as for everything that people see as activity. */
export function touch(world: World, pull: PullRequest): void {
  pull.updatedAt = nowIn(world)
  keep(world, pull)
}
