/** The author of something. GraphQL returns the login of a bot without `[bot]`. */
export interface Actor {
  __typename: string
  id: string
  login: string
}

/** The author that a commit names; `user` is null unless the e-mail address belongs to an account. */
export interface GitPerson {
  name: string | null
  email: string | null
  user: Actor | null
}

export const ACTOR = `
fragment actor on Actor { __typename login ... on Node { id } }`
