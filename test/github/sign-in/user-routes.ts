import { accountPayload, installationPayload, repositoryPayload } from '../rest/payloads.ts'
import { type Answer, listPage, ok, type RestCall, type Route, refuse } from '../rest/route.ts'
import type { Actor } from '../world/model.ts'

/** What a person may read, for a token of theirs that belongs to the App. */
export const userRoutes: Route[] = [
  {
    method: 'GET',
    pattern: /^\/user\/installations$/,
    who: 'user',
    answer: (call) =>
      withSso(call, (person) => {
        const all = call.state.people.installations(person)
        return listPage(call, all, (page) => ({
          total_count: all.length,
          installations: page.map((one) => installationPayload(call, one)),
        }))
      }),
  },
  {
    method: 'GET',
    pattern: /^\/user\/installations\/(\d+)\/repositories$/,
    who: 'user',
    answer: (call, id) => {
      const { people, world } = call.state
      const person = call.identity.viewer as Actor
      const installation = world.installations.get(Number(id))
      if (!installation || !people.installations(person).includes(installation))
        return refuse(404, 'Not Found')
      const all = people.repositories(person, installation)
      return listPage(call, all, (page) => ({
        total_count: all.length,
        repositories: page.map((one) => repositoryPayload(call, one)),
      }))
    },
  },
  {
    method: 'GET',
    pattern: /^\/user\/memberships\/orgs$/,
    who: 'user',
    answer: (call) =>
      withSso(call, (person) => {
        const { people, world } = call.state
        const unseen = people.unseen(person)
        const accounts = [...world.installations.values()]
          .map(({ account }) => account)
          .filter((one) => one.__typename === 'Organization' && !unseen.includes(one))
          .filter((one) => people.owns(person, one) || hasAny(call, person, one))
        return listPage(call, accounts, (page) =>
          page.map((organization) => ({
            state: 'active',
            role: people.owns(person, organization) ? 'admin' : 'member',
            organization: accountPayload(call, organization),
            user: accountPayload(call, person),
          })),
        )
      }),
  },
  {
    method: 'GET',
    pattern: /^\/organizations\/(\d+)$/,
    who: 'anyone',
    answer: (call, id) => {
      const found = [...call.state.world.actors.values()].find(
        (one) => one.__typename === 'Organization' && one.databaseId === Number(id),
      )
      return found ? ok(accountPayload(call, found)) : refuse(404, 'Not Found')
    },
  },
]

function hasAny(call: RestCall, person: Actor, account: Actor): boolean {
  const { people, world } = call.state
  return [...world.repositories.values()].some(
    (one) => one.owner === account && people.reads(person, one),
  )
}

/** Names the organisations that are left out, as GitHub does. */
function withSso(call: RestCall, answer: (person: Actor) => Answer): Answer {
  const person = call.identity.viewer as Actor
  const unseen = call.state.people.unseen(person)
  const answered = answer(person)
  if (unseen.length === 0) return answered
  const ids = unseen.map(({ databaseId }) => databaseId).join(',')
  const headers = { ...answered.headers, 'x-github-sso': `partial-results; organizations=${ids}` }
  return { ...answered, headers }
}
