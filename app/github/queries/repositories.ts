import type { GraphqlQuery, ShortConnection } from './query.ts'

/** A repository and its most recently updated pull requests, which show whether anything changed. */
export interface RepositoryNode {
  id: string
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
  /** Null if pull requests are disabled or withheld. */
  pullRequests: ShortConnection<{ id: string; updatedAt: string }> | null
}

/** Number of pull requests that a probe examines. */
export const PROBED_PULL_REQUESTS = 20

/** Probes repositories; each list takes at most 100 ids, both together at most `REQUESTS_OF_A_POINT`. */
export const PROBE: GraphqlQuery<
  { ids: string[]; more: string[] },
  { nodes: (RepositoryNode | null)[]; more: (RepositoryNode | null)[] }
> = {
  name: 'repository probe',
  text: `query ($ids: [ID!]!, $more: [ID!]!) {
  nodes(ids: $ids) { ...repository }
  more: nodes(ids: $more) { ...repository }
}
fragment repository on Repository {
  id name nameWithOwner description url visibility isArchived isFork isDisabled
  defaultBranchRef { name } primaryLanguage { name } createdAt updatedAt pushedAt
  pullRequests(first: ${PROBED_PULL_REQUESTS}, orderBy: { field: UPDATED_AT, direction: DESC }) {
    totalCount nodes { id updatedAt }
  }
}`,
}
