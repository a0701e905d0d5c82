/** How Whence reaches GitHub, and as whom: from environment variables, or as the set-up stored it. */
import type { Config } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { unseal } from '#app/secrets/seal.ts'

export type Access =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'app'; appId: string; privateKey: string }
  /** What is stored cannot be opened, for example because its key is lost. */
  | { kind: 'unreadable'; message: string; hint: string }

/** `push`: GitHub delivers webhooks. `pull`: Whence collects them. `none`: the schedule alone. */
export const HOOK_MODES = ['push', 'pull', 'none'] as const
export type HookMode = (typeof HOOK_MODES)[number]

export interface Connection {
  access: Access
  source: 'environment' | 'stored' | 'none'
  /** The REST API, without a slash at the end; GraphQL is next to it. */
  apiUrl: string
  /** GitHub's pages, without a slash at the end. */
  webUrl: string
  /** The secrets that sign webhooks, the newest first. */
  webhookSecrets: string[]
  client: { id: string; secret: string } | null
  hookMode: HookMode
  /** The App's name in addresses; null if it is not known. */
  slug: string | null
  /** False while the set-up in the browser goes on: nothing is synced before. */
  isComplete: boolean
}

/** The row of `github_connection`; secrets are sealed. */
export interface StoredConnection {
  version: number
  apiUrl: string | null
  webUrl: string | null
  hookMode: HookMode | null
  appId: string | null
  slug: string | null
  clientId: string | null
  privateKey: string | null
  webhookSecret: string | null
  webhookSecretPrevious: string | null
  clientSecret: string | null
  token: string | null
  /** The organisation that the App is created for; null for a personal account. */
  owner: string | null
  isPublic: boolean
  completedAt: Date | null
}

/** The columns that hold secrets, by field. */
export const SECRETS = {
  privateKey: 'private_key',
  webhookSecret: 'webhook_secret',
  webhookSecretPrevious: 'webhook_secret_previous',
  clientSecret: 'client_secret',
  token: 'token',
} as const
export type SecretField = keyof typeof SECRETS

/** Returns the place of a secret, which it is sealed for. */
export function placeOf(field: SecretField) {
  return ['github_connection', '1', SECRETS[field]] as const
}

const DEFAULT_API = 'https://api.github.com'
export const DEFAULT_WEB = 'https://github.com'

/** Combines the environment, which wins, with what is stored. */
export function connectionOf(config: Config, stored: StoredConnection | null): Connection {
  const fixed = accessOf(config)
  const own = fixed.kind === 'none' ? stored : isSameApp(fixed, stored) ? stored : null
  const opened = openStored(config, own)
  const access = fixed.kind === 'none' ? opened.access : fixed
  const webhookSecrets = environmentSecrets(config) ?? opened.webhookSecrets
  return {
    access,
    source: access.kind === 'none' ? 'none' : fixed.kind === 'none' ? 'stored' : 'environment',
    ...addressesOf(config, fixed.kind === 'none' ? stored : null),
    webhookSecrets,
    client: clientOf(config) ?? opened.client,
    hookMode:
      config.GITHUB_WEBHOOK_MODE ?? own?.hookMode ?? (webhookSecrets.length > 0 ? 'push' : 'none'),
    slug: own?.slug ?? null,
    isComplete: fixed.kind !== 'none' || stored?.completedAt != null,
  }
}

function accessOf({ github }: Config): Access {
  if (github.kind !== 'app') return github
  return { kind: 'app', appId: github.appId, privateKey: github.privateKey }
}

function isSameApp(access: Access, stored: StoredConnection | null): boolean {
  return access.kind === 'app' && stored?.appId === access.appId
}

function environmentSecrets(config: Config): string[] | null {
  const { GITHUB_WEBHOOK_SECRET: current, GITHUB_WEBHOOK_SECRET_PREVIOUS: previous } = config
  const secrets = [current, previous].filter((secret) => secret !== undefined)
  return secrets.length > 0 ? secrets : null
}

function clientOf({ GITHUB_CLIENT_ID: id, GITHUB_CLIENT_SECRET: secret }: Config) {
  return id && secret ? { id, secret } : null
}

/** Returns where GitHub is. An address of the environment wins, unless it is the default. */
export function addressesOf(
  { GITHUB_API_URL, GITHUB_WEB_URL }: Config,
  stored: Pick<StoredConnection, 'apiUrl' | 'webUrl'> | null,
): { apiUrl: string; webUrl: string } {
  const api = GITHUB_API_URL === DEFAULT_API ? (stored?.apiUrl ?? DEFAULT_API) : GITHUB_API_URL
  const web = GITHUB_WEB_URL === DEFAULT_WEB ? (stored?.webUrl ?? DEFAULT_WEB) : GITHUB_WEB_URL
  return { apiUrl: api.replace(/\/+$/, ''), webUrl: web.replace(/\/+$/, '') }
}

type Opened = Pick<Connection, 'access' | 'webhookSecrets' | 'client'>

function openStored(config: Config, stored: StoredConnection | null): Opened {
  const nothing: Opened = { access: { kind: 'none' }, webhookSecrets: [], client: null }
  if (!stored) return nothing
  try {
    const open = (field: SecretField) => {
      const sealed = stored[field]
      return sealed === null ? [] : [unseal(config, sealed, placeOf(field))]
    }
    const [privateKey] = open('privateKey')
    const [token] = open('token')
    const [secret] = open('clientSecret')
    return {
      access: accessOfStored(stored.appId, privateKey, token),
      webhookSecrets: [...open('webhookSecret'), ...open('webhookSecretPrevious')],
      client: stored.clientId && secret ? { id: stored.clientId, secret } : null,
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    const { message, hint } = error
    return { ...nothing, access: { kind: 'unreadable', message, hint } }
  }
}

function accessOfStored(
  appId: string | null,
  privateKey: string | undefined,
  token: string | undefined,
): Access {
  if (appId && privateKey) return { kind: 'app', appId, privateKey }
  return token ? { kind: 'token', token } : { kind: 'none' }
}
