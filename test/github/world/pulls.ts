import type { PullRequest, PullRequestHead, Repository } from './model.ts'

export type PullOrder = 'CREATED_AT' | 'UPDATED_AT'

type Kept = { written: Map<number, PullRequest>; ordered: Map<PullOrder, PullRequestHead[]> }

// A generated repository may have 50,000 pull requests, so only the latest generated ones stay in memory.
const WRITTEN_KEPT = 256

const keptByRepository = new WeakMap<Repository, Kept>()

function keptOf(repository: Repository): Kept {
  const known = keptByRepository.get(repository)
  if (known) return known
  const kept: Kept = { written: new Map(), ordered: new Map() }
  keptByRepository.set(repository, kept)
  return kept
}

export function readPull(repository: Repository, number: number): PullRequest | null {
  const head = repository.pulls.get(number)
  if (!head) return null
  if ('threads' in head) return head as PullRequest
  const { written } = keptOf(repository)
  const known = written.get(number)
  if (known) return known
  if (!repository.writePull) throw new Error(`Pull request ${number} has no text and no writer`)
  const pull = repository.writePull(number)
  written.set(number, pull)
  const oldest = written.keys().next()
  if (written.size > WRITTEN_KEPT && !oldest.done) written.delete(oldest.value)
  return pull
}

/** Returns all pull requests of a repository. */
export function pullsOf(repository: Repository): PullRequest[] {
  return [...repository.pulls.keys()].flatMap((number) => readPull(repository, number) ?? [])
}

/** Stores a changed pull request permanently, generated or not, and resets the order of the lists. */
export function keepPull(pull: PullRequest): void {
  pull.repository.pulls.set(pull.number, pull)
  keptOf(pull.repository).ordered.clear()
}

export function dropPull(repository: Repository, number: number): void {
  repository.pulls.delete(number)
  const kept = keptOf(repository)
  kept.ordered.clear()
  kept.written.delete(number)
}

/** Returns all pull requests, oldest first by the given time; equal times by id. */
export function orderedPulls(repository: Repository, order: PullOrder): PullRequestHead[] {
  const { ordered } = keptOf(repository)
  const known = ordered.get(order)
  if (known) return known
  const field = order === 'CREATED_AT' ? 'createdAt' : 'updatedAt'
  const heads = [...repository.pulls.values()].sort((a, b) =>
    a[field] === b[field] ? a.databaseId - b.databaseId : a[field] < b[field] ? -1 : 1,
  )
  ordered.set(order, heads)
  return heads
}
