/**
 * Compares the pull requests of one repository on GitHub with the tables. GitHub's list is ordered by update
 * time, and so can be the rows, so each page is compared with the rows of the same period and then discarded.
 * Apparent differences are read again by id, the rows first: a pull request that is newer on GitHub than in
 * the tables was changed in the meantime, and so was one that moved in the list during the comparison.
 */

import { RetryableError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { CountedPullRequest } from '#app/github/queries/verify.ts'
import type { Questioner } from './ask.ts'
import { askPage, askPullRequests } from './questions.ts'
import { readStoredPullRequests, readUnlisted, type Stretch } from './stored.ts'
import { addDeleted, addPullRequest, countedName, judgeDifference, type Tally } from './tally.ts'

/** Number of rows read at once. */
const BATCH = 200

interface Comparing {
  pool: Pool
  asking: Questioner
  tally: Tally
  /** Queues the threads of these pull requests (node ids) for comparison. */
  compareThreads: (pullRequests: string[]) => Promise<void>
  progress: (compared: number) => Promise<void>
}

/** Compares everything except the threads and adds it to the tally. */
export async function comparePullRequests(comparing: Comparing): Promise<void> {
  const { asking, tally } = comparing
  const { report, repository } = tally
  const { syncedFrom, syncedUntil } = repository
  if (tally.listing.gaps.has(repository.nodeId)) return
  if (!syncedFrom || !syncedUntil) {
    const { listed: github, pullRequests: stored } = repository
    const reason = 'it has not been synced yet'
    report.differences.push({ kind: 'repository', name: report.repository, github, stored, reason })
    return
  }
  let stretch: Stretch = {
    repositoryId: repository.id,
    newest: null,
    oldest: syncedFrom,
    listed: [],
  }
  let atOldest: CountedPullRequest[] = []
  for (let cursor: string | null = null, compared = 0; ; ) {
    const page = await askPage(asking, tally.listing, cursor)
    if (!page) return addMissing(comparing)
    const inside = page.nodes.filter((node) => new Date(node.updatedAt) >= syncedFrom)
    const isLast = page.next === null || inside.length < page.nodes.length
    // The last period includes the first moment of the synced window.
    const oldest = isLast ? new Date(syncedFrom.getTime() - 1) : timeOf(page.nodes.at(-1))
    const listed = [...atOldest, ...inside]
    stretch = { ...stretch, oldest, listed: listed.map((node) => node.id) }
    await compareListed(comparing, inside)
    await compareUnlisted(comparing, stretch, { listIsEmpty: compared + page.nodes.length === 0 })
    compared += inside.length
    await comparing.progress(compared)
    if (isLast) return
    atOldest = listed.filter((node) => timeOf(node).getTime() === oldest.getTime())
    stretch.newest = oldest
    cursor = page.next
  }
}

function timeOf(node: CountedPullRequest | undefined): Date {
  return new Date(node?.updatedAt ?? 0)
}

async function compareListed(
  { pool, asking, tally, compareThreads }: Comparing,
  nodes: CountedPullRequest[],
): Promise<void> {
  const own = nodes.filter((node) => !tally.listing.gaps.has(node.id))
  const stored = await readStoredPullRequests(
    pool,
    own.map((node) => node.id),
  )
  const suspects: string[] = []
  const settled: string[] = []
  for (const node of own) {
    const verdict = judgeDifference(tally, node, stored.get(node.id))
    if (verdict === 'suspect') suspects.push(node.id)
    if (verdict === 'changed') tally.changed.add(node.id)
    if (verdict !== 'equal') continue
    addPullRequest(tally, node, stored.get(node.id))
    settled.push(node.id)
  }
  await compareThreads(settled)
  await compareAgain({ pool, asking, tally, compareThreads }, suspects)
}

/** Compares stored pull requests of a period that GitHub's list did not contain. */
async function compareUnlisted(
  comparing: Comparing,
  stretch: Stretch,
  { listIsEmpty }: { listIsEmpty: boolean },
): Promise<void> {
  const { pool, tally } = comparing
  for (let after = ''; ; ) {
    const ids = await readUnlisted(pool, stretch, { after, limit: BATCH })
    const found = await compareAgain(
      comparing,
      ids.filter((id) => !tally.listing.gaps.has(id) && !tally.changed.has(id)),
    )
    // GitHub returned a pull request that did not change but was not listed.
    if (found > 0 && listIsEmpty)
      throw new RetryableError(
        `GitHub returned an empty list for ${tally.report.repository}, but returns its pull requests by ID`,
        'broken',
      )
    const last = ids.at(-1)
    if (!last || ids.length < BATCH) return
    after = last
  }
}

/**
 * Compares pull requests a second time, read by id.
 *
 * @returns the number of pull requests that exist on GitHub and have not changed.
 */
async function compareAgain(
  { pool, asking, tally, compareThreads }: Omit<Comparing, 'progress'>,
  ids: string[],
): Promise<number> {
  if (ids.length === 0) return 0
  // Rows are read first, so that a change in between makes GitHub newer than the tables, never older.
  const stored = await readStoredPullRequests(pool, ids)
  const found = await askPullRequests(asking, tally.listing, ids)
  const compared: string[] = []
  for (const [id, node] of found) {
    const row = stored.get(id)
    const verdict = node && judgeDifference(tally, node, row)
    if (verdict === 'changed') tally.changed.add(id)
    if (node && (verdict === 'equal' || verdict === 'suspect')) {
      addPullRequest(tally, node, row)
      if (row) compared.push(id)
    }
    if (!node && row) {
      const name = countedName(tally.report, row.number)
      addDeleted(tally, { kind: 'pullRequests', name, stored: 1 })
    }
  }
  await compareThreads(compared)
  return compared.length
}

/** Records a repository that GitHub no longer returns, after a second request confirms it. */
async function addMissing({ asking, tally }: Comparing): Promise<void> {
  const { report, repository, listing } = tally
  if (await askPage(asking, listing, null))
    throw new RetryableError(`GitHub finds ${report.repository} only some of the time`, 'broken')
  report.differences.push({
    kind: 'repository',
    name: report.repository,
    github: 0,
    stored: repository.pullRequests,
    reason: 'it was deleted on GitHub, or access to it was withdrawn',
  })
}
