/**
 * Compares the stored data with GitHub, within each repository's synced window: which pull requests exist,
 * how many entries each of their lists has, and how many comments each thread has.
 */

import type { Scope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { GithubClient } from '#app/github/client.ts'
import { REQUESTS_OF_A_POINT } from '#app/github/queries/query.ts'
import { WIDEST_COUNT } from '#app/github/queries/verify.ts'
import { PRIORITY } from '#app/queues/stages.ts'
import { EPOCH } from '#app/sync/window/repository-syncs.ts'
import { readUnread } from '#app/sync/window/unread-repositories.ts'
import { comparePullRequests } from './pull-requests.ts'
import type { RepositoryReport, Verification } from './report.ts'
import { readVerifiedRepositories, type VerifiedRepository } from './stored.ts'
import { closeTally, openTally } from './tally.ts'
import { compareThreads, flushThreads, type ThreadPool } from './threads.ts'

export interface Verifying {
  pool: Pool
  github: GithubClient
  scope: Scope
  /** `owner/name` or `owner/*`; empty for all repositories in scope. */
  names: string[]
  /** Prints a progress line. */
  print: (line: string) => Promise<void>
  /** Pause after a failed call to GitHub, in milliseconds. */
  pauseMs?: number
  signal?: AbortSignal
}

const PAUSE_MS = 1_000
/** Number of pull requests between two progress lines of a long list. */
const REPORT_EVERY = 20 * WIDEST_COUNT

/** @throws OperatorError, or the error of a call to GitHub that failed finally. */
export async function verify(verifying: Verifying): Promise<Verification> {
  const { pool, scope, names, print } = verifying
  const repositories = await readVerifiedRepositories(pool, scope, names)
  const unread = await readUnread(pool, scope, { names })
  refuseUnknown([...repositories, ...unread], names)
  const installations = groupByInstallation(repositories)
  for (const own of installations) await print(describeCost(own))
  const points = { spent: 0 }
  const reports: RepositoryReport[] = []
  for (const own of installations) reports.push(...(await verifyOne(verifying, own, points)))
  return {
    repositories: reports,
    unread: unread.map(({ fullName, reason }) => ({ repository: fullName, reason })),
    complete: unread.length === 0 && reports.every((report) => report.differences.length === 0),
    points: points.spent,
  }
}

/** Refuses names that are not stored, since nothing could be verified about them. */
function refuseUnknown(repositories: { fullName: string }[], names: string[]): void {
  const known = new Set(
    repositories.flatMap(({ fullName }) => [
      fullName.toLowerCase(),
      `${fullName.split('/')[0]}/*`.toLowerCase(),
    ]),
  )
  const unknown = names.filter((name) => !known.has(name.toLowerCase()))
  if (unknown.length === 0 && known.size > 0) return
  throw new OperatorError(
    unknown.length > 0
      ? `Not stored, or not accessible: ${unknown.join(', ')}`
      : 'No repository is stored',
    'Run `whence sync` first. Repositories of an inactive installation are not verified.',
  )
}

function groupByInstallation(repositories: VerifiedRepository[]): VerifiedRepository[][] {
  const groups = new Map<string, VerifiedRepository[]>()
  for (const one of repositories) {
    const group = groups.get(one.installationId) ?? []
    groups.set(one.installationId, [...group, one])
  }
  return [...groups.values()]
}

function describeCost(repositories: VerifiedRepository[]): string {
  const pulls = repositories.reduce((sum, one) => sum + expectedOf(one), 0)
  const threads = repositories.reduce((sum, one) => sum + one.threads, 0)
  const [first] = repositories
  return [
    `${first?.account}: ${count(repositories.length, 'repository', 'repositories')}`,
    count(pulls, 'pull request'),
    `${count(threads, 'thread')}: ${count(pointsOf(repositories), 'point')}, plus a few if anything differs`,
  ].join(', ')
}

/** Estimates the cost in points: pages of each repository, and calls for threads. */
function pointsOf(repositories: VerifiedRepository[]): number {
  const pages = repositories
    .filter((one) => one.syncedUntil !== null)
    .map((one) => Math.max(1, Math.ceil(expectedOf(one) / WIDEST_COUNT)))
  const threads = repositories.reduce((sum, one) => sum + one.threads, 0)
  return pages.reduce((sum, own) => sum + own, 0) + Math.ceil(threads / REQUESTS_OF_A_POINT)
}

/** Estimates the number of pull requests that GitHub will list in the window. */
function expectedOf({ syncedFrom, listed, pullRequests }: VerifiedRepository): number {
  return syncedFrom && syncedFrom <= EPOCH ? Math.max(listed, pullRequests) : pullRequests
}

async function verifyOne(
  { pool, github, print, pauseMs = PAUSE_MS, signal }: Verifying,
  repositories: VerifiedRepository[],
  points: { spent: number },
): Promise<RepositoryReport[]> {
  const [first] = repositories
  if (!first) return []
  const caller = { installationId: first.installationId, priority: PRIORITY.person, signal }
  const asking = { github, caller, pauseMs, print, points }
  const threads: ThreadPool = { pool, asking, waiting: [] }
  const tallies = []
  for (const [index, repository] of repositories.entries()) {
    const tally = openTally(repository)
    const place = `${first.account} ${index + 1}/${repositories.length}: ${repository.fullName}`
    let reported = 0
    await comparePullRequests({
      pool,
      asking,
      tally,
      compareThreads: (pullRequests) => compareThreads(threads, tally, pullRequests),
      async progress(compared) {
        if (compared - reported < REPORT_EVERY) return
        reported = compared
        await print(`${place}: ${compared} of ${expectedOf(repository)} pull requests`)
      },
    })
    await print(`${place}: ${count(tally.report.pullRequests.github, 'pull request')} compared`)
    tallies.push(tally)
  }
  await flushThreads(threads)
  return tallies.map(closeTally)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`
}
