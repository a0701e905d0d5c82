/**
 * Compares the comments of review threads. Threads of all repositories of an installation are collected until
 * they fill a call.
 */
import type { Pool } from '#app/database/pool.server.ts'
import { REQUESTS_OF_A_POINT } from '#app/github/queries/query.ts'
import type { CountedThread } from '#app/github/queries/verify.ts'
import type { FoundNodes, Questioner } from './ask.ts'
import { askPullRequests, askThreads } from './questions.ts'
import { addCompared } from './report.ts'
import { readStoredPullRequests, readStoredThreads, type StoredThread } from './stored.ts'
import { addDeleted, countedName, type Tally } from './tally.ts'

interface Waiting {
  tally: Tally
  thread: StoredThread
}

export interface ThreadPool {
  pool: Pool
  asking: Questioner
  waiting: Waiting[]
}

/** Adds the threads of pull requests and compares as many as fill whole calls. */
export async function compareThreads(
  threads: ThreadPool,
  tally: Tally,
  pullRequests: string[],
): Promise<void> {
  if (pullRequests.length === 0) return
  const stored = await readStoredThreads(threads.pool, pullRequests)
  for (const thread of stored) threads.waiting.push({ tally, thread })
  while (threads.waiting.length >= REQUESTS_OF_A_POINT) await compareNext(threads)
}

/** Compares the remaining threads. */
export async function flushThreads(threads: ThreadPool): Promise<void> {
  while (threads.waiting.length > 0) await compareNext(threads)
}

async function compareNext(threads: ThreadPool): Promise<void> {
  const batch = threads.waiting.splice(0, REQUESTS_OF_A_POINT)
  const found = await askThreads(threads.asking, idsOf(batch))
  const suspects = batch.filter((one) => {
    const node = found.get(one.thread.nodeId)
    if (!node || isChanged(node, one.thread) || differs(node, one.thread)) return true
    addThread(one, node)
    return false
  })
  await compareAgain(threads, suspects)
}

/**
 * Reads suspects a second time, the rows first: what is newer on GitHub than in the tables was changed since.
 */
async function compareAgain({ pool, asking }: ThreadPool, suspects: Waiting[]): Promise<void> {
  if (suspects.length === 0) return
  const again = await storedAgain(pool, suspects)
  const found = await askThreads(asking, idsOf(suspects))
  const updated = await whenUpdated(asking, suspects, found)
  for (const one of again) {
    const { tally, thread } = one
    const node = found.get(thread.nodeId)
    const updatedAt = updated.get(thread.pullRequestId)
    // Deleted with its pull request, or already being read again.
    if (updatedAt === null || tally.changed.has(thread.pullRequestId)) continue
    if (updatedAt && new Date(updatedAt) > thread.updatedAt) tally.changed.add(thread.pullRequestId)
    else if (node) addThread(one, node)
    else
      addDeleted(tally, {
        kind: 'reviewComments',
        name: threadName(one),
        stored: thread.comments,
      })
  }
}

/** Reads the stored state of the suspects again, without those deleted; marks those being read as changed. */
async function storedAgain(pool: Pool, suspects: Waiting[]): Promise<Waiting[]> {
  const pullIds = [...new Set(suspects.map((one) => one.thread.pullRequestId))]
  const pulls = await readStoredPullRequests(pool, pullIds)
  const threads = new Map(
    (await readStoredThreads(pool, pullIds)).map((thread) => [thread.nodeId, thread]),
  )
  return suspects.flatMap(({ tally, thread }) => {
    if (pulls.get(thread.pullRequestId)?.beingRead) tally.changed.add(thread.pullRequestId)
    const now = threads.get(thread.nodeId)
    return now ? { tally, thread: now } : []
  })
}

/** Returns the update times of the threads' pull requests; null for a deleted one. */
async function whenUpdated(
  asking: Questioner,
  suspects: Waiting[],
  found: FoundNodes<CountedThread>,
): Promise<Map<string, string | null>> {
  const updated = new Map<string, string | null>()
  const unknown = new Map<Tally, string[]>()
  for (const { tally, thread } of suspects) {
    const node = found.get(thread.nodeId)
    if (node) updated.set(thread.pullRequestId, node.pullRequest.updatedAt)
    else unknown.set(tally, [...(unknown.get(tally) ?? []), thread.pullRequestId])
  }
  for (const [tally, ids] of unknown) {
    const nodes = await askPullRequests(asking, tally.listing, [...new Set(ids)])
    for (const [id, node] of nodes) updated.set(id, node?.updatedAt ?? null)
  }
  return updated
}

function isChanged(node: CountedThread, thread: StoredThread): boolean {
  return new Date(node.pullRequest.updatedAt) > thread.updatedAt
}

function differs(node: CountedThread, thread: StoredThread): boolean {
  return node.comments?.totalCount !== thread.comments
}

function addThread(one: Waiting, node: CountedThread): void {
  addCompared(one.tally.report, {
    kind: 'reviewComments',
    name: threadName(one),
    github: node.comments?.totalCount ?? 0,
    stored: one.thread.comments,
  })
}

function threadName({ tally, thread }: Waiting): string {
  return `${countedName(tally.report, thread.number)} thread ${thread.nodeId}`
}

function idsOf(batch: Waiting[]): string[] {
  return batch.map((one) => one.thread.nodeId)
}
