import { grantedRepositories, type Identity } from '../world/access.ts'
import { toMoment } from '../world/clock.ts'
import type { World } from '../world/world.ts'
import type { Resource, Tally } from './counters.ts'

export type LimitOptions = {
  /** True for an Enterprise Server without limits: no budgets, no headers, `rateLimit: null`. */
  off: boolean
  /** Points per hour; null for GitHub's rule. */
  graphql: number | null
  core: number | null
  windowSeconds: number
  graphqlPerMinute: number
  corePerMinute: number
  concurrency: number
}

const GITHUB_LIMITS: LimitOptions = {
  off: false,
  graphql: null,
  core: null,
  windowSeconds: 3600,
  graphqlPerMinute: 2000,
  corePerMinute: 900,
  concurrency: 100,
}

/** The rejection of a call by a limit, and how it is reported. */
export type Refusal = {
  kind: 'primary' | 'secondary'
  status: 200 | 403 | 429
  spelling: 'RATE_LIMITED' | 'RATE_LIMIT'
  /** Null if there is no `Retry-After`. */
  retryAfter: number | null
}

export type Budget = { limit: number; used: number; remaining: number; resetAt: Date }

/** An active limit of one identity, from the first answer that reported it. */
type Block = {
  refusal: Omit<Refusal, 'retryAfter'>
  namesTime: boolean
  until: number
  reported: boolean
}

type Window = { used: number; resetAt: number; reported: boolean; spelling: Refusal['spelling'] }

export type Limiter = {
  options: LimitOptions
  budget(identity: Identity, resource: Resource): Budget
  /** Returns the rejection of the call, if any, and counts a rejected call as started while limited. */
  admit(identity: Identity, resource: Resource, isMutation: boolean): Refusal | null
  charge(identity: Identity, resource: Resource, points: number): void
  /** Exhausts the hourly budget, which is restored after the given number of seconds. */
  exhaust(
    identity: Identity,
    resource: Resource,
    seconds: number,
    spelling: Refusal['spelling'],
  ): void
  block(identity: Identity, status: Refusal['status'], seconds: number, namesTime: boolean): void
  /** Records that the limiting answer was sent: calls count as started while limited from now on. */
  reported(identity: Identity, resource: Resource): void
}

type Minute = { resource: Resource; at: number; units: number }

type Books = {
  world: World
  options: LimitOptions
  tally: Tally
  windows: Map<string, Window>
  blocks: Map<string, Block>
  minutes: Map<string, Minute[]>
}

export function makeLimiter(world: World, tally: Tally, given: Partial<LimitOptions>): Limiter {
  const options = { ...GITHUB_LIMITS, ...given }
  const books: Books = {
    world,
    options,
    tally,
    windows: new Map(),
    blocks: new Map(),
    minutes: new Map(),
  }
  const now = () => world.clock.now().getTime()
  return {
    options,
    budget: (identity, resource) => budgetOf(books, identity, resource),
    admit: (identity, resource, isMutation) => admit(books, identity, resource, isMutation ? 5 : 1),
    charge: (identity, resource, points) => {
      windowOf(books, identity, resource).used += points
    },
    exhaust: (identity, resource, seconds, spelling) => {
      const window = windowOf(books, identity, resource)
      window.used = Math.max(window.used, limitOf(books, identity, resource))
      window.resetAt = now() + seconds * 1000
      window.spelling = spelling
    },
    block: (identity, status, seconds, namesTime) => {
      const refusal = { kind: 'secondary', status, spelling: 'RATE_LIMITED' } as const
      const until = now() + seconds * 1000
      books.blocks.set(identity.key, { refusal, namesTime, until, reported: false })
    },
    reported: (identity, resource) => {
      const block = books.blocks.get(identity.key)
      if (block && block.until > now()) block.reported = true
      // If the answer was sent after the next hour had begun, that hour's budget is not exhausted.
      else if (budgetOf(books, identity, resource).remaining === 0) {
        windowOf(books, identity, resource).reported = true
      }
    },
  }
}

function limitOf(books: Books, identity: Identity, resource: Resource): number {
  const set = books.options[resource]
  if (set !== null) return set
  if (identity.kind === 'anonymous') return resource === 'core' ? 60 : 0
  if (!identity.installation) return 5000
  const repositories = grantedRepositories(books.world, identity.installation).length
  return Math.min(12_500, 5000 + 50 * Math.max(0, repositories - 20))
}

function windowOf(books: Books, identity: Identity, resource: Resource): Window {
  const key = `${identity.key} ${resource}`
  const now = books.world.clock.now().getTime()
  const known = books.windows.get(key)
  if (known && known.resetAt > now) return known
  const resetAt = now + books.options.windowSeconds * 1000
  const fresh: Window = { used: 0, resetAt, reported: false, spelling: 'RATE_LIMITED' }
  books.windows.set(key, fresh)
  return fresh
}

function budgetOf(books: Books, identity: Identity, resource: Resource): Budget {
  const { used, resetAt } = windowOf(books, identity, resource)
  const limit = limitOf(books, identity, resource)
  return { limit, used, remaining: Math.max(0, limit - used), resetAt: new Date(resetAt) }
}

function admit(
  books: Books,
  identity: Identity,
  resource: Resource,
  units: number,
): Refusal | null {
  if (books.options.off && !books.blocks.has(identity.key)) return null
  const now = books.world.clock.now().getTime()
  const counters = books.tally.of(identity.key, resource)
  const block = books.blocks.get(identity.key)
  if (block && block.until > now) {
    if (block.reported) counters.whileLimited += 1
    // Only GraphQL reports a limit with status 200.
    const status = resource === 'core' && block.refusal.status === 200 ? 403 : block.refusal.status
    const retryAfter = block.namesTime ? secondsTo(block.until, now) : null
    return { ...block.refusal, status, retryAfter }
  }
  books.blocks.delete(identity.key)
  const window = windowOf(books, identity, resource)
  if (!books.options.off && budgetOf(books, identity, resource).remaining === 0) {
    if (window.reported) counters.whileLimited += 1
    const status = resource === 'graphql' ? 200 : 403
    return { kind: 'primary', status, spelling: window.spelling, retryAfter: null }
  }
  if (fitsMinute(books, identity, resource, units) && fitsConcurrency(books, identity)) return null
  const until = now + 60_000
  const refusal = { kind: 'secondary', status: 403, spelling: 'RATE_LIMITED' } as const
  books.blocks.set(identity.key, { refusal, namesTime: true, until, reported: false })
  return { ...refusal, retryAfter: 60 }
}

function fitsMinute(books: Books, identity: Identity, resource: Resource, units: number): boolean {
  const now = books.world.clock.now().getTime()
  const recent = (books.minutes.get(identity.key) ?? []).filter((one) => one.at > now - 60_000)
  recent.push({ resource, at: now, units })
  books.minutes.set(identity.key, recent)
  const spent = recent.reduce((sum, one) => sum + (one.resource === resource ? one.units : 0), 0)
  const { graphqlPerMinute, corePerMinute } = books.options
  return spent <= (resource === 'graphql' ? graphqlPerMinute : corePerMinute)
}

function fitsConcurrency(books: Books, identity: Identity): boolean {
  const inFlight =
    books.tally.of(identity.key, 'graphql').inFlight + books.tally.of(identity.key, 'core').inFlight
  return inFlight <= books.options.concurrency
}

function secondsTo(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000))
}

export function resetHeader(budget: Budget): string {
  return String(Math.ceil(budget.resetAt.getTime() / 1000))
}

export function resetMoment(budget: Budget): string {
  return toMoment(new Date(Math.ceil(budget.resetAt.getTime() / 1000) * 1000))
}
