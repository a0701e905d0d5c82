/** A GraphQL document with the types of what it takes and gives. */
export interface Query<Variables, Result> {
  name: string
  text: string
  /** Never called: it carries the types. */
  readonly types?: (variables: Variables) => Result
}

/** A page of a list; `pageInfo` and `totalCount` as GitHub names them. */
export interface Connection<Node> {
  totalCount: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  nodes: (Node | null)[]
}

/** A list that one page always holds whole. */
export type ShortConnection<Node> = Omit<Connection<Node>, 'pageInfo'>

/** The largest page and the most ids that GitHub takes. */
export const MAX_PAGE = 100

/**
 * Requests that still cost one point: GitHub divides them by 100 and rounds.
 * https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export const REQUESTS_OF_A_POINT = 149
