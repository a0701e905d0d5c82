import type { Repository } from '../world/model.ts'
import { hashedDatabaseId, nodeId, readLegacyId, readNodeId } from '../world/node-ids.ts'

/**
 * Returns the ids of an object. An id of the old format is kept beside the new one that GitHub assigns to the
 * same object; any other id stays as recorded.
 */
export function identify(
  kind: 'Issue' | 'PullRequest' | 'PullRequestReview' | 'PullRequestReviewComment' | 'IssueComment',
  repository: Repository,
  recorded: string,
): { id: string; legacyId: string | null; databaseId: number } {
  const old = readLegacyId(recorded)
  if (old !== null) {
    return { id: nodeId(kind, repository.databaseId, old), legacyId: recorded, databaseId: old }
  }
  const own = readNodeId(recorded)?.own
  const databaseId = own !== undefined && own < 2 ** 31 ? own : hashedDatabaseId(recorded)
  return { id: recorded, legacyId: null, databaseId }
}
