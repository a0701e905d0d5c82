import type { Installation } from '../world/model.ts'
import { findByName } from '../world/world.ts'
import { appPayload, installationPayload, repositoryPayload } from './payloads.ts'
import { type Answer, listPage, ok, type RestCall, type Route, refuse } from './route.ts'

export const appRoutes: Route[] = [
  { method: 'GET', pattern: /^\/app$/, who: 'app', answer: (call) => ok(appPayload(call)) },
  {
    method: 'GET',
    pattern: /^\/app\/installations$/,
    who: 'app',
    answer: (call) => {
      const all = [...call.state.world.installations.values()]
      return listPage(call, all, (page) => page.map((one) => installationPayload(call, one)))
    },
  },
  {
    method: 'GET',
    pattern: /^\/app\/installations\/(\d+)$/,
    who: 'app',
    answer: (call, id) => sendOrMiss(call, call.state.world.installations.get(Number(id))),
  },
  {
    method: 'POST',
    pattern: /^\/app\/installations\/(\d+)\/access_tokens$/,
    who: 'app',
    answer: (call, id) => giveToken(call, call.state.world.installations.get(Number(id))),
  },
  {
    method: 'GET',
    pattern: /^\/(?:orgs|users)\/([^/]+)\/installation$/,
    who: 'app',
    answer: (call, login) => sendOrMiss(call, installedOn(call, login)),
  },
  {
    method: 'GET',
    pattern: /^\/repos\/([^/]+)\/([^/]+)\/installation$/,
    who: 'app',
    answer: (call, owner = '', name = '') => {
      const repository = findByName(call.state.world, owner, name)
      return sendOrMiss(call, repository && installedOn(call, repository.owner.login))
    },
  },
  {
    method: 'DELETE',
    pattern: /^\/installation\/token$/,
    who: 'installation',
    answer: (call) => {
      call.state.tokens.expire(call.identity.token)
      return { status: 204, body: undefined, headers: {} }
    },
  },
]

function installedOn(call: RestCall, login: string | undefined): Installation | undefined {
  return [...call.state.world.installations.values()].find(
    (one) => one.account.login.toLowerCase() === login?.toLowerCase(),
  )
}

function sendOrMiss(call: RestCall, installation: Installation | null | undefined): Answer {
  return installation ? ok(installationPayload(call, installation)) : refuse(404, 'Not Found')
}

type Wish = { repository_ids?: unknown; permissions?: Installation['permissions'] }

function giveToken(call: RestCall, installation: Installation | undefined): Answer {
  const { world, tokens } = call.state
  if (!installation) return refuse(404, 'Not Found')
  if (installation.suspendedAt) return refuse(403, 'This installation has been suspended')
  const wish = (call.body ?? {}) as Wish
  const wanted = Array.isArray(wish.repository_ids)
    ? wish.repository_ids.map((id) => world.repositoriesByDatabaseId.get(Number(id)))
    : null
  if (wanted?.includes(undefined)) {
    return refuse(422, 'There is at least one repository that does not exist or is not accessible')
  }
  const repositories = wanted && new Set(wanted.flatMap((one) => one?.id ?? []))
  const permissions = wish.permissions ?? null
  return {
    status: 201,
    headers: {},
    body: {
      ...tokens.issue(installation, { repositories, permissions }),
      permissions: permissions ?? installation.permissions,
      repository_selection: repositories ? 'selected' : installation.selection,
      ...(wanted
        ? { repositories: wanted.flatMap((one) => (one ? repositoryPayload(call, one) : [])) }
        : {}),
    },
  }
}
