/**
 * Names of work items that a person knows: repositories, pull requests, and pages of them. They are looked up
 * when somebody looks, because almost no item is ever shown.
 */

import type { Queryable } from '#app/database/pool.server.ts'
import { placeAt, WORK } from '../work.ts'
import { type AnyPayload, type Lookups, lookUp } from './name-lookups.ts'

export interface UnnamedItem {
  id: string
  position: number
  payload: unknown
  /** The account of the installation. */
  account: string
  /** The name that its outcome gave it, if any. */
  subject: string | null
}

/** @returns the name of each item, by its id. */
export async function nameItems(db: Queryable, items: UnnamedItem[]): Promise<Map<string, string>> {
  const parsed = items.map((item) => ({ item, payload: parse(item) }))
  const found = await lookUp(
    db,
    parsed.flatMap(({ item, payload }) => (payload && !item.subject ? payload : [])),
  )
  return new Map(
    parsed.map(({ item, payload }) => [
      item.id,
      item.subject ?? (payload ? nameOf(payload, item.account, found) : UNKNOWN),
    ]),
  )
}

const UNKNOWN = 'work of another version of Whence'
const GONE_REPOSITORY = 'a repository that is not stored any more'
const GONE_PULL = 'a pull request that is not stored any more'

function parse({ position, payload }: UnnamedItem): AnyPayload | null {
  const place = placeAt(position)
  const { data } = WORK[place].payload.safeParse(payload)
  return data ? { ...data, place } : null
}

function nameOf(payload: AnyPayload, account: string, found: Lookups): string {
  if ('fileIds' in payload) return filesOf(payload.fileIds, found)
  if ('recordId' in payload)
    return found.records.get(payload.recordId) ?? (isOfPulls(payload) ? GONE_PULL : GONE_REPOSITORY)
  if ('pullRequestId' in payload) return found.pulls.get(payload.pullRequestId) ?? GONE_PULL
  if (!('kind' in payload)) return found.repositories.get(payload.repositoryId) ?? GONE_REPOSITORY
  switch (payload.kind) {
    case 'clone':
    case 'publish':
    case 'map':
      return OF_CODE[payload.kind]
    case 'list':
      return payload.after === null ? 'list of files' : `list of files after ${payload.after}`
    case 'granted':
      return payload.total === null
        ? `${account}, list of repositories`
        : `${account}, repositories from ${payload.seen + 1} of ${payload.total}`
    case 'account':
      return `${payload.login}, list of repositories`
    case 'named':
      return payload.name
    case 'page':
      return `${payload.name}, ${rangeOf(payload)}`
    case 'nested':
      return `${pullOf(payload, found)}, more ${payload.type.replaceAll('_', ' ')}`
    case 'thread':
      return `${pullOf(payload, found)}, more of a review thread`
    case 'flush':
      return `${account}, ${LEFT[payload.of]}`
    case 'checks':
      return `${account}, checks of pull requests`
    case 'read repository':
      return listOf(
        payload.targets.map(({ id, name }) => found.repositoryNodes.get(id) ?? name),
        (left) => `${account}, ${countOf(left, 'new repository', 'new repositories')}`,
      )
    case 'read tail':
      return `${listOf(
        payload.targets.map(({ id }) => found.repositoryNodes.get(id)),
        () => GONE_REPOSITORY,
      )}, changes during the sync`
    case 'refresh':
      return `${found.repositories.get(payload.repositoryId) ?? GONE_REPOSITORY}#${payload.number}`
    case 'read pull_request':
      return listOf(
        payload.targets.map(({ id }) => found.pullNodes.get(id)),
        (left) => {
          const own = payload.targets.flatMap((one) => one.repositoryId ?? [])[0]
          const place = found.repositories.get(own ?? '') ?? account
          return `${place}, ${countOf(left, 'pull request', 'pull requests')}`
        },
      )
    case 'read thread':
      return `${listOf(
        payload.targets.map((target) => pullOf(target, found)),
        () => GONE_PULL,
      )}, review threads`
  }
}

function filesOf(ids: string[], found: Lookups): string {
  return listOf(
    ids.map((id) => found.files.get(id)),
    (left) =>
      countOf(left, 'file that is not stored any more', 'files that are not stored any more'),
  )
}

function isOfPulls({ place }: AnyPayload): boolean {
  return WORK[place].step !== 'github_repositories'
}

const OF_CODE = {
  clone: 'clone',
  publish: 'the new generation',
  map: 'the way from commits to pull requests',
} as const

const LEFT = {
  repository: 'the last repositories',
  tail: 'changes during the sync',
  pull_request: 'the last pull requests',
  thread: 'the last review threads',
} as const

function pullOf({ snapshotId }: { snapshotId: string }, found: Lookups): string {
  return found.snapshots.get(snapshotId) ?? GONE_PULL
}

type PagePayload = Extract<AnyPayload, { kind: 'page' }>

/** Returns the place of a page in the list, newest first: `pull requests 22–42`. */
function rangeOf({ chain, offset, width, left }: PagePayload): string {
  if (chain !== 'down') return 'pull requests that changed'
  if (offset === undefined) return 'older pull requests'
  if (!width) return offset === 0 ? 'newest pull requests' : `pull requests from ${offset + 1}`
  return `pull requests ${offset + 1}–${offset + Math.min(width.width, left ?? width.width)}`
}

/** Lists the first two distinct names. @param rest names the others, of which nothing but the number is known. */
function listOf(names: (string | undefined)[], rest: (left: number) => string): string {
  const known = [...new Set(names.flatMap((name) => name ?? []))]
  if (known.length === 0) return rest(names.length)
  const more = names.length - Math.min(2, known.length)
  const shown = known.slice(0, 2).join(', ')
  return known.length <= 2 && names.every((name) => name) ? shown : `${shown} and ${more} more`
}

function countOf(count: number, one: string, many: string): string {
  return count === 1 ? `a ${one}` : `${count} ${many}`
}
