import type { Query, ShortConnection } from './query.ts'

/** A repository, and its pull requests updated last: what tells whether anything changed. */
export interface RepositoryNode {
  id: string
  databaseId: number
  name: string
  nameWithOwner: string
  description: string | null
  url: string
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  isArchived: boolean
  isFork: boolean
  isDisabled: boolean
  defaultBranchRef: { name: string } | null
  primaryLanguage: { name: string } | null
  createdAt: string
  updatedAt: string
  pushedAt: string | null
  /** Null where pull requests are switched off or withheld. */
  pullRequests: ShortConnection<{ id: string; updatedAt: string }> | null
}

/** Pull requests that a probe looks at. */
export const PROBED_PULL_REQUESTS = 20

/** Probes repositories; each list of ids holds 100 at most, both together `REQUESTS_OF_A_POINT`. */
export const PROBE: Query<
  { ids: string[]; more: string[] },
  { nodes: (RepositoryNode | null)[]; more: (RepositoryNode | null)[] }
> = {
  name: 'repository probe',
  text: `query ($ids: [ID!]!, $more: [ID!]!) {
  nodes(ids: $ids) { ...repository }
  more: nodes(ids: $more) { ...repository }
}
fragment repository on Repository {
  id databaseId name nameWithOwner description url visibility isArchived isFork isDisabled
  defaultBranchRef { name } primaryLanguage { name } createdAt updatedAt pushedAt
  pullRequests(first: ${PROBED_PULL_REQUESTS}, orderBy: { field: UPDATED_AT, direction: DESC }) {
    totalCount nodes { id updatedAt }
  }
}`,
}
