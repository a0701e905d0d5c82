import { type Connection, type GraphqlQuery, MAX_PAGE, REQUESTS_OF_A_POINT } from './query.ts'

export interface CheckRun {
  __typename: 'CheckRun'
  name: string
  status: string
  conclusion: string | null
  detailsUrl: string | null
  startedAt: string | null
  completedAt: string | null
  checkSuite: { app: { name: string } | null } | null
}

export interface StatusContext {
  __typename: 'StatusContext'
  context: string
  state: string
  description: string | null
  targetUrl: string | null
  createdAt: string
}

/** A check of a commit: of an App, or set by the older API of commit statuses. */
export type CheckNode = CheckRun | StatusContext

/** A pull request with the checks of its head; the roll-up is null if there are none, or GitHub withholds it. */
export interface CheckedPullRequest {
  id: string
  headRefOid: string
  statusCheckRollup: { state: string; contexts: Connection<CheckNode> | null } | null
}

/** The largest number of pull requests whose checks cost one point. */
export const WIDEST_CHECKS = REQUESTS_OF_A_POINT

/** A page of the checks of pull requests in any repositories; each list takes at most 100 ids. */
export const CHECKS: GraphqlQuery<
  { ids: string[]; more: string[]; after: string | null },
  { nodes: (CheckedPullRequest | null)[]; more: (CheckedPullRequest | null)[] }
> = {
  name: 'checks',
  text: `query checks($ids: [ID!]!, $more: [ID!]!, $after: String) {
  nodes(ids: $ids) { ...checks }
  more: nodes(ids: $more) { ...checks }
}
fragment checks on PullRequest {
  id headRefOid statusCheckRollup {
    state contexts(first: ${MAX_PAGE}, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ...check }
    }
  }
}
fragment check on StatusCheckRollupContext {
  __typename
  ... on CheckRun {
    name status conclusion detailsUrl startedAt completedAt checkSuite { app { name } }
  }
  ... on StatusContext { context state description targetUrl createdAt }
}`,
}
