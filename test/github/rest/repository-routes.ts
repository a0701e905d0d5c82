import { grantedRepositories, isListed, mayRead } from '../world/access.ts'
import type { Repository } from '../world/model.ts'
import { findByName, fullName } from '../world/world.ts'
import { accountPayload, repositoryPayload } from './payloads.ts'
import { type Answer, listPage, ok, type RestCall, type Route, refuse } from './route.ts'

export const repositoryRoutes: Route[] = [
  {
    method: 'GET',
    pattern: /^\/installation\/repositories$/,
    who: 'installation',
    answer: (call) => {
      const { installation } = call.identity
      const all = installation ? grantedRepositories(call.state.world, installation) : []
      const shown = call.emptied.has('repositories') ? [] : all
      return listPage(call, shown, (page) => ({
        total_count: shown.length,
        repository_selection: installation?.selection,
        repositories: page.map((one) => repositoryPayload(call, one)),
      }))
    },
  },
  {
    method: 'GET',
    pattern: /^\/repositories\/(\d+)$/,
    who: 'anyone',
    answer: (call, id) =>
      sendOne(call, call.state.world.repositoriesByDatabaseId.get(Number(id)) ?? null),
  },
  {
    method: 'GET',
    pattern: /^\/repos\/([^/]+)\/([^/]+)$/,
    who: 'anyone',
    answer: (call, owner = '', name = '') =>
      findMoved(call, owner, name, '') ?? sendOne(call, findByName(call.state.world, owner, name)),
  },
  {
    method: 'GET',
    pattern: /^\/user\/repos$/,
    who: 'user',
    answer: (call) => listFor(call, (one) => isListed(call.identity, one)),
  },
  {
    method: 'GET',
    pattern: /^\/(users|orgs)\/([^/]+)\/repos$/,
    who: 'anyone',
    answer: (call, whose, login = '') => {
      const account = call.state.world.actors.get(login.toLowerCase())
      const isOrganisation = account?.__typename === 'Organization'
      if (!account || (whose === 'orgs' && !isOrganisation)) return refuse(404, 'Not Found')
      // The list by login is public, whoever asks.
      const isShown = (one: Repository) => whose === 'orgs' || one.visibility === 'PUBLIC'
      return listFor(
        call,
        (one) => one.owner === account && isShown(one) && mayRead(call.identity, one),
      )
    },
  },
]

/** Redirects from a former name to the address of the repository that does not change. */
export function findMoved(
  { state: { world }, identity, baseUrl }: RestCall,
  owner: string,
  name: string,
  rest: string,
): Answer | null {
  const found = findByName(world, owner, name)
  const isCurrent = found === world.names.get(`${owner}/${name}`.toLowerCase())
  if (!found || isCurrent || !mayRead(identity, found)) return null
  const url = `${baseUrl}/repositories/${found.databaseId}${rest}`
  return { ...refuse(301, 'Moved Permanently', { url }), headers: { location: url } }
}

export function sendOne(call: RestCall, repository: Repository | null): Answer {
  if (!repository || !mayRead(call.identity, repository)) return refuse(404, 'Not Found')
  const reason = call.blocked.get(fullName(repository))
  if (reason) return refuse(403, 'Repository access blocked', { block: { reason } })
  if (!repository.isBlocked) return ok(repositoryPayload(call, repository))
  const block = { reason: 'dmca', created_at: repository.updatedAt, html_url: call.state.webUrl }
  return refuse(451, 'Repository access blocked', { block })
}

function listFor(call: RestCall, shows: (repository: Repository) => boolean): Answer {
  const found = [...call.state.world.repositories.values()].filter(shows)
  const shown = call.emptied.has('repositories') ? [] : found
  return listPage(call, shown, (page) => page.map((one) => repositoryPayload(call, one)))
}

export const personRoutes: Route[] = [
  {
    method: 'GET',
    pattern: /^\/user$/,
    who: 'user',
    answer: (call) =>
      call.identity.viewer
        ? ok(accountPayload(call, call.identity.viewer))
        : refuse(401, 'Requires authentication'),
  },
  {
    method: 'GET',
    pattern: /^\/(?:users|orgs)\/([^/]+)$/,
    who: 'anyone',
    answer: (call, login = '') => {
      const actor = call.state.world.actors.get(decodeURIComponent(login).toLowerCase())
      return actor ? ok(accountPayload(call, actor)) : refuse(404, 'Not Found')
    },
  },
]
