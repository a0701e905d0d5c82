import { createHash } from 'node:crypto'
import type { Identity } from '../world/access.ts'
import { toMoment } from '../world/clock.ts'
import type { Installation } from '../world/model.ts'
import { actorNamed, type World } from '../world/world.ts'
import { type AppKey, refuseJwt } from './app-key.ts'

export type TokenOptions = {
  /** 520 is the length of the tokens that GitHub issues to some installations. */
  tokenLength: 40 | 520
  tokenSeconds: number
}

type Restriction = {
  repositories: Set<string> | null
  permissions: Installation['permissions'] | null
}

type InstallationToken = {
  kind: 'installation'
  installation: number
  expiresAt: number
  restriction: Restriction
}
type PersonalToken = { kind: 'user'; login: string; readable: 'all' | Set<string> }
/** The token of a person who signed in through the App. */
type UserToken = { kind: 'app-user'; login: string; expiresAt: number }
type Held = InstallationToken | PersonalToken | UserToken

type Issued = { token: string; expires_at: string }
export type Refused = { status: number; message: string }

export type Tokens = {
  issue(installation: Installation, restriction: Restriction): Issued
  /** Issues a personal access token that reads public repositories and the given ones. */
  givePersonal(login: string, readable: 'all' | string[]): string
  /** Issues the token of a person who signed in through the App; null for one that does not expire. */
  giveUser(login: string, seconds: number | null): string
  expire(token: string): void
  /** Expires the tokens of a person that belong to the App. */
  expireUser(login: string): void
  /** Expires every token of an installation, as a suspension or uninstallation of the App does. */
  expireAll(installation: number): void
  identify(authorization: string | undefined): Identity | Refused
}

export function makeTokens(world: World, app: AppKey, options: TokenOptions): Tokens {
  const tokens = new Map<string, Held>()
  let invented = 0
  const invent = (prefix: string, length: number) => {
    invented += 1
    const seed = `${prefix} ${app.id} ${invented}`
    let letters = ''
    while (letters.length < length) {
      letters += createHash('sha256')
        .update(seed + letters.length)
        .digest('hex')
    }
    return prefix + letters.slice(0, length - prefix.length)
  }
  return {
    issue: (installation, restriction) => {
      const token = invent('ghs_', options.tokenLength)
      const expiresAt = world.clock.now().getTime() + options.tokenSeconds * 1000
      const of = { installation: installation.id, expiresAt, restriction }
      tokens.set(token, { kind: 'installation', ...of })
      return { token, expires_at: toMoment(new Date(expiresAt)) }
    },
    givePersonal: (login, readable) => {
      const token = invent('ghp_', 40)
      const names = readable === 'all' ? readable : new Set(readable)
      tokens.set(token, { kind: 'user', login, readable: names })
      return token
    },
    giveUser: (login, seconds) => {
      const token = invent('ghu_', 40)
      const now = world.clock.now().getTime()
      const expiresAt = seconds === null ? Infinity : now + seconds * 1000
      tokens.set(token, { kind: 'app-user', login, expiresAt })
      return token
    },
    expire: (token) => {
      tokens.delete(token)
    },
    expireUser: (login) => {
      for (const [token, held] of tokens)
        if (held.kind === 'app-user' && held.login === login) tokens.delete(token)
    },
    expireAll: (installation) => {
      for (const [token, held] of tokens) {
        if (held.kind === 'installation' && held.installation === installation) tokens.delete(token)
      }
    },
    identify: (authorization) => {
      if (!authorization) return nobody()
      const [scheme = '', token = ''] = authorization.split(' ')
      if (!/^(bearer|token)$/i.test(scheme)) return { status: 401, message: 'Bad credentials' }
      if (token.split('.').length === 3) return theApp(world, app, token)
      const held = tokens.get(token)
      return held ? holderOf(world, app, token, held) : { status: 401, message: 'Bad credentials' }
    },
  }
}

function nobody(): Identity {
  return {
    kind: 'anonymous',
    key: 'anonymous',
    viewer: null,
    installation: null,
    readable: new Set(),
    token: '',
  }
}

function theApp(world: World, app: AppKey, token: string): Identity | Refused {
  const refused = refuseJwt(token, app, world.clock)
  return refused ?? { ...nobody(), kind: 'app', key: 'app', token }
}

function holderOf(world: World, app: AppKey, token: string, held: Held): Identity | Refused {
  if (held.kind === 'app-user') {
    if (held.expiresAt <= world.clock.now().getTime())
      return { status: 401, message: 'Bad credentials' }
    const viewer = actorNamed(world, held.login)
    const person = { viewer, installation: null, readable: new Set<string>() }
    return { kind: 'user', key: `user:${held.login}`, ...person, token }
  }
  if (held.kind === 'user') {
    const viewer = actorNamed(world, held.login)
    const { readable } = held
    return { kind: 'user', key: `user:${held.login}`, viewer, installation: null, readable, token }
  }
  const installation = world.installations.get(held.installation)
  if (!installation || held.expiresAt <= world.clock.now().getTime()) {
    return { status: 401, message: 'Bad credentials' }
  }
  if (installation.suspendedAt) {
    return { status: 403, message: 'This installation has been suspended' }
  }
  return {
    kind: 'installation',
    key: `installation:${installation.id}`,
    viewer: actorNamed(world, `${app.slug}[bot]`),
    installation: restrict(world, installation, held.restriction),
    readable: new Set(),
    token,
  }
}

function restrict(world: World, installation: Installation, to: Restriction): Installation {
  const permissions = to.permissions ?? installation.permissions
  if (!to.repositories) return { ...installation, permissions }
  const all =
    installation.selection === 'all' ? new Set(world.repositories.keys()) : installation.granted
  const granted = new Set([...to.repositories].filter((id) => all.has(id)))
  return { ...installation, permissions, selection: 'selected', granted }
}
