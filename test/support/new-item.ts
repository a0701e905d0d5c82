import type { Payload, Place } from '#app/ledger/work.ts'
import type { NewItem } from '#app/ledger/work-items.ts'

const PAYLOADS: { [P in Place]: Payload<P> } = {
  'github_repositories/extraction': { kind: 'named', name: 'acme/anvil' },
  'github_repositories/transform': { recordId: '1' },
  'github_repositories/embedding': { repositoryId: '1' },
  'github_prs_commits_reviews_comments/extraction': { kind: 'flush', of: 'thread' },
  'github_prs_commits_reviews_comments/transform': { recordId: '1' },
  'github_prs_commits_reviews_comments/embedding': { snapshotId: '1', pullRequestId: '1' },
}

/** A work item with a payload that its place takes, for handlers that look at its key alone. */
export function newItem<P extends Place>(place: P, key: string): NewItem<P> {
  return { place, key, payload: { ...PAYLOADS[place] } }
}
