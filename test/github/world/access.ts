import type { Actor, Installation, Permission, Repository } from './model.ts'
import { fullName, type World } from './world.ts'

/** The identity of a caller: an installation token, a personal token, the App itself, or anonymous. */
export type Identity = {
  kind: 'installation' | 'user' | 'app' | 'anonymous'
  /** Key of the budget: `installation:12`, `user:mira`, `app`, `anonymous`. */
  key: string
  viewer: Actor | null
  installation: Installation | null
  /** Node ids or `owner/name` of the repositories that a personal token may read beside public ones. */
  readable: 'all' | Set<string>
  token: string
}

export function isGranted(installation: Installation, repository: Repository): boolean {
  if (repository.owner !== installation.account) return false
  return installation.selection === 'all' || installation.granted.has(repository.id)
}

export function mayRead(identity: Identity, repository: Repository): boolean {
  if (repository.visibility === 'PUBLIC') return true
  if (identity.installation) return isGranted(identity.installation, repository)
  if (identity.kind !== 'user') return false
  return isListed(identity, repository)
}

/**
 * Returns true if the token's own lists contain the repository; public ones are readable without being
 * listed.
 */
export function isListed(identity: Identity, repository: Repository): boolean {
  if (identity.installation) return isGranted(identity.installation, repository)
  if (identity.readable === 'all') return true
  return identity.readable.has(repository.id) || identity.readable.has(fullName(repository))
}

export function lacks(identity: Identity, permission: Permission): boolean {
  if (!identity.installation) return false
  return identity.installation.permissions[permission] === undefined
}

export function grantedRepositories(world: World, installation: Installation): Repository[] {
  return [...world.repositories.values()].filter((one) => isGranted(installation, one))
}
