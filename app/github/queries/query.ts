/** A GraphQL document with the types of its variables and result. */
export interface GraphqlQuery<Variables, Result> {
  name: string
  text: string
  /** Never called; carries the types. */
  readonly types?: (variables: Variables) => Result
}

/** A page of a list; `pageInfo` and `totalCount` as GitHub names them. */
export interface Connection<Node> {
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  nodes: (Node | null)[]
  /** Why nodes are null: set when the answer is sorted, never by GitHub. */
  withheld?: string
}

/** A list that always fits into one page. */
export type ShortConnection<Node> = Omit<Connection<Node>, 'pageInfo'>

/** GitHub's maximum for the size of a page and for the number of ids. */
export const MAX_PAGE = 100

/**
 * The most requests that still cost one point: GitHub divides them by 100 and rounds.
 * https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export const REQUESTS_OF_A_POINT = 149
