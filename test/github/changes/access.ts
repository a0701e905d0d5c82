import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { grantedRepositories } from '../world/access.ts'
import { installationOf, installFor } from '../world/installations.ts'
import type { Actor, Installation } from '../world/model.ts'
import { readPull } from '../world/pulls.ts'
import { recordsOf, type World } from '../world/world.ts'
import { change, keep, nowIn, repositoryCalled, repositoryName } from './change.ts'

function select(world: World, installation: Installation): Set<string> {
  if (installation.selection === 'all') {
    installation.granted = new Set(grantedRepositories(world, installation).map((one) => one.id))
    installation.selection = 'selected'
  }
  return installation.granted
}

export const revokeAccess = change(
  z.strictObject({ repository: repositoryName }),
  (world, args) => {
    const repository = repositoryCalled(world, args.repository)
    select(world, installationOf(world, repository.owner.login)).delete(repository.id)
  },
)

export const grantAccess = change(z.strictObject({ repository: repositoryName }), (world, args) => {
  const repository = repositoryCalled(world, args.repository)
  select(world, installationOf(world, repository.owner.login)).add(repository.id)
})

const account = z.string()

export const suspend = change(z.strictObject({ account }), (world, args) => {
  installationOf(world, args.account).suspendedAt = nowIn(world)
})

export const unsuspend = change(z.strictObject({ account }), (world, args) => {
  installationOf(world, args.account).suspendedAt = null
})

export const uninstall = change(z.strictObject({ account }), (world, args) => {
  world.installations.delete(installationOf(world, args.account).id)
})

/** Installs the App again on an account that owns repositories, with an id of its own, as GitHub does. */
export const install = change(z.strictObject({ account }), (world, args) => {
  const owner = [...world.repositories.values()]
    .map((one) => one.owner)
    .find((one) => one.login.toLowerCase() === args.account.toLowerCase())
  if (!owner)
    throw new BadSourceError(`${args.account} owns no repository: name an account that does.`)
  installFor(world, owner, ` ${nowIn(world)}`)
})

/** `null` removes a permission: fields that need it answer FORBIDDEN. */
export const setPermission = change(
  z.strictObject({
    account,
    permission: z.enum(['checks', 'contents', 'issues', 'metadata', 'pull_requests', 'statuses']),
    level: z.enum(['read', 'write']).nullable(),
  }),
  (world, args) => {
    const { permissions } = installationOf(world, args.account)
    if (args.level === null) delete permissions[args.permission]
    else permissions[args.permission] = args.level
  },
)

/** Deletes the account; its texts stay without an author. Does not change `updatedAt`. */
export const deleteAccount = change(z.strictObject({ login: z.string() }), (world, { login }) => {
  const actor = world.actors.get(login.toLowerCase())
  if (!actor) throw new BadSourceError(`There is no account ${login}.`)
  world.actors.delete(login.toLowerCase())
  world.nodes.delete(actor.id)
  for (const repository of world.repositories.values()) {
    for (const issue of repository.issues.values()) leave(issue, actor)
    for (const number of repository.pulls.keys()) {
      const pull = readPull(repository, number)
      if (
        pull &&
        recordsOf(pull)
          .map((record) => leave(record, actor))
          .includes(true)
      ) {
        keep(world, pull)
      }
    }
  }
})

const PEOPLE = ['author', 'editor', 'mergedBy', 'authorUser', 'committerUser', 'resolvedBy']

/** Removes the account from a record; returns true if it was there. */
function leave(record: object, actor: Actor): boolean {
  const held = PEOPLE.filter((field) => Reflect.get(record, field) === actor)
  for (const field of held) Reflect.set(record, field, null)
  if (!('assignees' in record) || !Array.isArray(record.assignees)) return held.length > 0
  const others = record.assignees.filter((one) => one !== actor)
  const isAssigned = others.length < record.assignees.length
  record.assignees = others
  return isAssigned || held.length > 0
}
