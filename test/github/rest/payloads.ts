import type { components } from '@octokit/openapi-types'
import type { Actor, Installation, Repository } from '../world/model.ts'
import { fullName } from '../world/world.ts'
import type { RestCall } from './route.ts'

type Schemas = components['schemas']

/** Payloads have GitHub's names and types, but not all of GitHub's fields. */
type PayloadOf<T> = T extends object ? { [Field in keyof T]?: PayloadOf<T[Field]> } : T

export function accountPayload(call: RestCall, actor: Actor) {
  const login = actor.__typename === 'Bot' ? `${actor.login}[bot]` : actor.login
  return {
    login,
    id: actor.databaseId,
    node_id: actor.id,
    avatar_url: `${call.state.webUrl}/avatars/${actor.databaseId}`,
    url: `${call.baseUrl}/users/${login}`,
    html_url: `${call.state.webUrl}/${actor.login}`,
    type: actor.__typename,
    name: actor.name,
    site_admin: false,
    created_at: actor.createdAt,
  } satisfies PayloadOf<Schemas['public-user']>
}

export function repositoryPayload(call: RestCall, repository: Repository) {
  const name = fullName(repository)
  return {
    id: repository.databaseId,
    node_id: repository.id,
    name: repository.name,
    full_name: name,
    private: repository.visibility !== 'PUBLIC',
    owner: accountPayload(call, repository.owner),
    html_url: `${call.state.webUrl}/${name}`,
    description: repository.description,
    fork: repository.isFork,
    url: `${call.baseUrl}/repos/${name}`,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt ?? repository.createdAt,
    homepage: null,
    size: repository.defaultBranch === null ? 0 : repository.pulls.size,
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: 0,
    open_issues_count: [...repository.pulls.values()].filter((one) => one.state === 'OPEN').length,
    language: repository.language,
    has_issues: true,
    archived: repository.isArchived,
    disabled: repository.isBlocked,
    is_template: false,
    topics: repository.topics,
    visibility: repository.visibility.toLowerCase(),
    // GitHub names the future default branch even before the first push.
    default_branch: repository.defaultBranch ?? 'main',
    permissions: { admin: false, maintain: false, push: false, triage: false, pull: true },
  } satisfies PayloadOf<Schemas['full-repository']>
}

export function installationPayload(call: RestCall, installation: Installation) {
  const { app } = call.state
  return {
    id: installation.id,
    account: accountPayload(call, installation.account),
    repository_selection: installation.selection,
    access_tokens_url: `${call.baseUrl}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${call.baseUrl}/installation/repositories`,
    html_url: `${call.state.webUrl}/organizations/${installation.account.login}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    target_id: installation.account.databaseId,
    target_type: installation.account.__typename,
    permissions: installation.permissions,
    events: app.events,
    created_at: installation.createdAt,
    updated_at: installation.suspendedAt ?? installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspendedAt,
  } satisfies PayloadOf<Schemas['installation']>
}

/** The App of several accounts belongs to an enterprise, unless an owner is named: then it is public. */
function ownerPayload(call: RestCall) {
  const { app, world } = call.state
  const accounts = [...world.installations.values()].map(({ account }) => account)
  const [first, second] = [...new Map(accounts.map((one) => [one.id, one])).values()]
  if (app.owner !== null || (first && !second))
    return accountPayload(call, app.owner ?? (first as Actor))
  return {
    id: 7,
    slug: 'stand-in',
    name: 'Stand-in',
    node_id: 'E_7',
    html_url: `${call.state.webUrl}/enterprises/stand-in`,
  }
}

export function appPayload(call: RestCall) {
  const { app, world } = call.state
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: `A_${Buffer.from(String(app.id)).toString('base64url')}`,
    owner: ownerPayload(call),
    name: 'Whence',
    description: 'Keeps a searchable copy of everything said about the code.',
    external_url: 'https://example.com',
    html_url: `${call.state.webUrl}/apps/${app.slug}`,
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    permissions: app.permissions,
    events: app.events,
    installations_count: world.installations.size,
  } satisfies PayloadOf<Schemas['integration']>
}
