import { randomBytes } from 'node:crypto'
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, isOperator } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import type { Connection } from '#app/github/connection/connection.ts'
import { forgetConnection, readConnection } from '#app/github/connection/read-connection.ts'
import { storeConnection } from '#app/github/connection/store-connection.ts'
import { type HookChange, openHookClient } from '#app/github/hook/hook-client.ts'
import { secretState } from './secret-state.ts'
import { hookSettings, wantedAddress } from './webhook-mode.ts'

/** The address as it is configured, or the secret. */
export type HookPart = 'address' | 'secret'

interface Changing {
  pool: Pool
  prisma: Database['prisma']
  config: Config
  logger: Logger
}

/**
 * Gives the hook on GitHub the configured address, or changes the secret.
 *
 * @returns what was done, in a sentence.
 * @throws RefusedError if the viewer is not the operator.
 * @throws OperatorError if what it should have is not configured, or GitHub refuses it.
 */
export async function changeHook(
  changing: Changing,
  scope: ChangeScope,
  part: HookPart,
  actor: Actor,
): Promise<string> {
  if (!isOperator(scope))
    throw new RefusedError('forbidden', 'The webhook belongs to the operator', 'Ask the operator.')
  const { pool, config } = changing
  forgetConnection(pool)
  const connection = await readConnection(pool, config)
  return part === 'address'
    ? changeAddress(changing, connection, actor)
    : changeSecret(changing, connection, actor)
}

async function changeAddress(
  changing: Changing,
  connection: Connection,
  actor: Actor,
): Promise<string> {
  const url = wantedAddress(hookSettings(changing.config, connection))
  if (!url)
    throw new OperatorError(
      'The address of the webhook is not known',
      'Set PUBLIC_URL to the address at which GitHub reaches Whence, or GITHUB_WEBHOOK_MODE=pull.',
    )
  const [secret] = connection.webhookSecrets
  await tell(changing, connection, { url, ...(secret && { secret }) })
  await transaction(changing.pool, async (tx) => {
    await tx.query(
      `insert into hook_sweep (hook_url, hook_read_at) values ($1, clock_timestamp())
       on conflict (id) do update set hook_url = $1, hook_read_at = clock_timestamp(),
         next_at = clock_timestamp()`,
      [url],
    )
    await record(tx, actor, 'address')
  })
  return `GitHub sends deliveries to ${url} from now on.`
}

/**
 * A secret of the environment is given to GitHub. A stored one is changed in two steps, so that no delivery is
 * refused and a process may die at any point: a new secret that is accepted beside the old one, and the end of that.
 */
async function changeSecret(
  changing: Changing,
  connection: Connection,
  actor: Actor,
): Promise<string> {
  const state = secretState(changing.config, connection)
  const [current] = connection.webhookSecrets
  if (!current)
    throw new OperatorError(
      'There is no webhook secret',
      'Set GITHUB_WEBHOOK_SECRET, or set the App up at /setup.',
    )
  const secret = state === 'stored' ? randomBytes(32).toString('hex') : current
  if (state === 'stored')
    await storeConnection(changing, actor, {
      webhookSecret: secret,
      webhookSecretPrevious: current,
    })
  await tell(changing, connection, { secret })
  if (state === 'changing') await storeConnection(changing, actor, { webhookSecretPrevious: null })
  await transaction(changing.pool, (tx) => record(tx, actor, 'secret'))
  if (state === 'changing') return 'Only the new secret is accepted from now on.'
  const also = state === 'stored' ? ' The previous one is accepted until you end that.' : ''
  return `GitHub signs deliveries with the ${state === 'stored' ? 'new' : 'configured'} secret from now on.${also}`
}

async function tell(
  { logger }: Changing,
  connection: Connection,
  change: HookChange,
): Promise<void> {
  const hook = openHookClient(connection, logger)
  if (!hook) throw new OperatorError('There is no GitHub App', 'Set one up at /setup.')
  await hook.change(change).catch((error: Error) => {
    throw new OperatorError(
      `The webhook was not changed: ${error.message}`,
      "Try again, or change it on the App's page on GitHub.",
      { cause: error },
    )
  })
}

function record(tx: Queryable, actor: Actor, part: HookPart): Promise<void> {
  const entry = { actor, action: 'webhook.changed', installationId: null } as const
  return recordIn(tx, { ...entry, subject: part, details: {} })
}
