import { BadSourceError } from '#test/github/bad-source.ts'
import type { Actor, Installation } from './model.ts'
import { hashedDatabaseId } from './node-ids.ts'
import type { World } from './world.ts'

export const RIGHTS: Installation['permissions'] = {
  checks: 'read',
  contents: 'read',
  issues: 'read',
  metadata: 'read',
  pull_requests: 'read',
  statuses: 'read',
}

/** Installs the App on every account that owns a repository, with all its repositories. */
export function installEverywhere(world: World): void {
  for (const repository of world.repositories.values()) installFor(world, repository.owner)
}

/** @param occasion tells apart the installations of an account that installed the App again. */
export function installFor(world: World, account: Actor, occasion = ''): Installation {
  const name = `installation ${account.login}${occasion}`
  const id = (hashedDatabaseId(name) % 90_000_000) + 10_000_000
  const known = world.installations.get(id)
  if (known) return known
  const installation: Installation = {
    id,
    account,
    selection: 'all',
    granted: new Set(),
    permissions: { ...RIGHTS },
    createdAt: '2024-01-01T00:00:00Z',
    suspendedAt: null,
  }
  world.installations.set(id, installation)
  return installation
}

export function installationOf(world: World, login: string): Installation {
  for (const installation of world.installations.values()) {
    if (installation.account.login.toLowerCase() === login.toLowerCase()) return installation
  }
  throw new BadSourceError(
    `The App is not installed on ${login}: name an account that owns a repository.`,
  )
}
