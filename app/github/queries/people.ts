/** Who wrote something. GraphQL tells a bot's login without its `[bot]`. */
export interface Actor {
  __typename: string
  id: string
  login: string
}

/** Who a commit says it is by: `user` only where the address belongs to an account. */
export interface GitPerson {
  name: string | null
  email: string | null
  user: Actor | null
}

export const ACTOR = `
fragment actor on Actor { __typename login ... on Node { id } }`
