import type { Actor } from '../../world/model.ts'

/** Where the schema allows only users, GitHub returns a bot as a user whose login ends in `[bot]`. */
export function asUser(actor: Actor | null): Actor | null {
  if (actor?.__typename !== 'Bot') return actor
  return { ...actor, __typename: 'User', login: `${actor.login}[bot]` }
}
