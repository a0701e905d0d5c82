import type { Actor } from '#app/audit/record-entry.ts'
import type { Config } from '#app/config/env.server.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'
import { type Trial, tryProvider } from '#app/embeddings/try-provider.ts'
import { UNINSTALLED } from '#app/github/app-errors.ts'
import { checkAccess } from '#app/github/check-access.ts'
import { addressesOf, type Connection } from '#app/github/connection/connection.ts'
import { readPrivateKey } from '#app/github/connection/private-key.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { type ConnectionChange, storeConnection } from '#app/github/connection/store-connection.ts'
import { repositoryNameOn } from '#app/github/repository-names.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { ownAddress, whyUnreachable } from './address.ts'
import { type CheckedApp, checkApp, convertCode } from './ask-app.ts'
import { type Estimate, estimateSync } from './estimate.ts'
import { createState, redeemState } from './states.ts'

export type Plan = Required<
  Pick<ConnectionChange, 'apiUrl' | 'webUrl' | 'owner' | 'isPublic' | 'hookMode'>
>

type Place = Pick<Plan, 'apiUrl' | 'webUrl'>
type Hooked = Place & Pick<Plan, 'hookMode'>

interface GivenApp {
  appId: string
  /** As it was pasted. */
  privateKey: string
  webhookSecret: string
  /** What people sign in with; null without. */
  client: { id: string; secret: string } | null
}

export interface Setup {
  /** Stores where the App will be, and returns a state for its creation. */
  plan(plan: Plan): Promise<string>
  /** Stores the App that GitHub created for a state. */
  create(code: string, state: string): Promise<void>
  /** Stores an App that exists, after asking GitHub for it. */
  importApp(given: GivenApp, place: Hooked): Promise<CheckedApp>
  /**
   * Stores a personal token, after asking GitHub for its owner.
   *
   * @param repositories what is to be read with it: names, or addresses on that GitHub.
   */
  tryToken(token: string, place: Place, repositories: string[]): Promise<void>
  /** Asks GitHub for the installations of the App. @returns GitHub's ids of them. */
  findInstallations(): Promise<string[]>
  /** Says what the first sync of an installation would read. */
  estimate(asked: Parameters<typeof estimateSync>[1]): Promise<Estimate>
  /** Tries the embedding provider. @returns null without one. */
  tryProvider(): Promise<Trial | null>
  /** Ends the set-up and starts the first syncs. */
  complete(): Promise<void>
}

interface Services extends Pick<Database, 'pool' | 'prisma'> {
  config: Config
  logger: Logger
}

/** @param check throws if the actor may not make changes. */
export function openSetup(services: Services, actor: Actor, check: () => void): Setup {
  const { pool, config, logger } = services
  const store = (change: ConnectionChange) => storeConnection(services, actor, change)

  /** Returns the connection to change. @throws RefusedError if the environment decides. */
  async function changeable(): Promise<Connection> {
    check()
    if (config.github.kind !== 'none')
      throw new RefusedError(
        'invalid',
        'The credentials are set by environment variables, which win over what is stored',
        'Change them there, or unset them and restart Whence.',
      )
    return readConnection(pool, config)
  }
  return {
    async plan(plan) {
      await changeable()
      refuseUnreachable(config, plan)
      await store(plan)
      return createState(services)
    },
    async create(code, state) {
      const connection = await changeable()
      if (!(await redeemState(services, state))) throw staleState()
      const app = await convertCode(connection, code)
      await store({
        ...{ appId: String(app.id), slug: app.slug, privateKey: app.pem, token: null },
        ...{ clientId: app.client_id, clientSecret: app.client_secret },
        ...{ webhookSecret: app.webhook_secret, webhookSecretPrevious: null, completedAt: null },
      })
    },
    importApp: async (given, place) =>
      importApp(services, await changeable(), { given, place, store }),
    tryToken: async (token, place, repositories) =>
      tryToken(services, await changeable(), { token, place, repositories, store }),
    async findInstallations() {
      check()
      return findInstallations(services)
    },
    async estimate(asked) {
      check()
      return estimateSync(services, asked).catch((error: Error) => {
        throw invalid(`GitHub was not asked: ${error.message}`, 'Try again in a moment.')
      })
    },
    async tryProvider() {
      check()
      return tryProvider(config, new AbortController().signal)
    },
    async complete() {
      await changeable()
      await store({ completedAt: new Date() })
      await syncNewInstallations(pool, config, logger)
    },
  }
}

async function findInstallations({ pool, config, logger }: Services): Promise<string[]> {
  await syncNewInstallations(pool, config, logger).catch((error: Error) => {
    throw invalid(error.message, 'Try again in a moment.')
  })
  const { rows } = await pool.query<{ externalId: string }>(
    `select external_id from installation i where kind = 'app'
       and (${isActiveInstallation('i')} or inactive_reason <> $1)`,
    [UNINSTALLED],
  )
  return rows.map(({ externalId }) => externalId)
}

interface Trying {
  token: string
  place: Place
  repositories: string[]
  store: (change: ConnectionChange) => Promise<void>
}

async function tryToken(
  { pool, config, logger }: Services,
  connected: Connection,
  { token, place, repositories, store }: Trying,
): Promise<void> {
  const connection = { ...connected, ...addressesOf(config, place) }
  for (const text of repositories) repositoryNameOn(connection.webUrl, text)
  await checkToken(connection, token, logger)
  await store({
    ...{ ...place, token, appId: null, privateKey: null, slug: null },
    completedAt: new Date(),
  })
  await syncNewInstallations(pool, config, logger)
}

interface Importing {
  given: GivenApp
  place: Hooked
  store: (change: ConnectionChange) => Promise<void>
}

async function importApp(
  { config, logger }: Services,
  connection: Connection,
  { given, place, store }: Importing,
): Promise<CheckedApp> {
  const { appId, webhookSecret, client } = given
  const privateKey = readPrivateKey(given.privateKey)
  if (!/^\d{1,12}$/.test(appId))
    throw invalid('The App ID is a number', 'It is on the page of the App.')
  if (!privateKey)
    throw invalid('That is no private key', 'Paste the whole .pem file that GitHub gave you.')
  refuseUnreachable(config, place)
  if (place.hookMode === 'push' && webhookSecret === '')
    throw invalid(
      'GitHub signs what it delivers with the webhook secret, which is missing',
      'Enter the one that is set on the page of the App, or choose another way.',
    )
  const access = { kind: 'app' as const, appId, privateKey }
  const addresses = addressesOf(config, place)
  const checked = await checkApp({ ...connection, ...addresses, access }, logger)
  const known = connection.access
  // Another key for the same App leaves what people sign in with as it was.
  const isSame = known.kind === 'app' && known.appId === appId
  await store({
    ...{ ...place, appId, privateKey, slug: checked.slug, token: null },
    ...{ webhookSecret: webhookSecret || null, webhookSecretPrevious: null },
    ...((client || !isSame) && {
      ...{ clientId: client?.id ?? null, clientSecret: client?.secret ?? null },
    }),
    completedAt: null,
  })
  return checked
}

function refuseUnreachable(config: Config, { hookMode }: Pick<Plan, 'hookMode'>): void {
  const reason = hookMode === 'push' ? whyUnreachable(ownAddress(config)) : null
  if (reason)
    throw invalid(
      `GitHub cannot deliver to Whence: ${reason}`,
      'Choose another way, or set PUBLIC_URL to an address that GitHub reaches.',
    )
}

async function checkToken(connection: Connection, token: string, logger: Logger): Promise<void> {
  const access = { kind: 'token' as const, token }
  await checkAccess({ ...connection, access }, logger).catch((error: Error) => {
    throw invalid(error.message, 'Enter a token that can read the repositories.')
  })
}

function staleState(): RefusedError {
  return invalid(
    'This answer of GitHub belongs to no set-up that is under way in this browser',
    'It may be over an hour old, or was used already. Create the App again.',
  )
}

function invalid(message: string, hint: string): RefusedError {
  return new RefusedError('invalid', message, hint)
}
