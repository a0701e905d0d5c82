import type { Actor } from '../../world/model.ts'

/** Where the schema has only users, GitHub tells a bot as one whose login bears `[bot]`. */
export function asUser(actor: Actor | null): Actor | null {
  if (actor?.__typename !== 'Bot') return actor
  return { ...actor, __typename: 'User', login: `${actor.login}[bot]` }
}
