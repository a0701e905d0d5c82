import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, isOperator } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { type HookChange, openHookClient } from '#app/github/hook/hook-client.ts'
import { wantedAddress, webhookMode } from './webhook-mode.ts'

/** The address as it is configured, or the secret. */
export type HookPart = 'address' | 'secret'

interface Changing {
  pool: Pool
  config: Config
  logger: Logger
}

/**
 * Gives the hook on GitHub the configured address and secret, or the secret alone.
 *
 * @returns what was done, in a sentence.
 * @throws RefusedError if the viewer is not the operator.
 * @throws OperatorError if what it should have is not configured, or GitHub refuses it.
 */
export async function changeHook(
  { pool, config, logger }: Changing,
  scope: ChangeScope,
  part: HookPart,
  actor: Actor,
): Promise<string> {
  if (!isOperator(scope))
    throw new RefusedError('forbidden', 'The webhook belongs to the operator', 'Ask the operator.')
  const change = part === 'address' ? addressOf(config) : secretOf(config)
  const hook = openHookClient(config, logger)
  if (!hook) throw new OperatorError('There is no GitHub App', 'Configure one first.')
  await hook.change(change).catch((error: Error) => {
    throw new OperatorError(
      `The webhook was not changed: ${error.message}`,
      "Try again, or change it on the App's page on GitHub.",
      { cause: error },
    )
  })
  await transaction(pool, async (tx) => {
    if (change.url)
      await tx.query(
        `insert into hook_sweep (hook_url, hook_read_at) values ($1, clock_timestamp())
         on conflict (id) do update set hook_url = $1, hook_read_at = clock_timestamp(),
           next_at = clock_timestamp()`,
        [change.url],
      )
    await recordIn(tx, {
      ...{ actor, action: 'webhook.changed', installationId: null },
      subject: part,
      details: { url: change.url ?? null, secret: change.secret !== undefined },
    })
  })
  return part === 'address'
    ? `GitHub sends deliveries to ${change.url} from now on.`
    : 'GitHub signs deliveries with the configured secret from now on.'
}

function addressOf(config: Config): HookChange {
  const url = wantedAddress(config)
  if (!url)
    throw new OperatorError(
      'The address of the webhook is not known',
      'Set PUBLIC_URL to the address at which GitHub reaches Whence, or GITHUB_WEBHOOK_MODE=pull.',
    )
  const secret = webhookMode(config) === 'push' ? config.GITHUB_WEBHOOK_SECRET : undefined
  return { url, ...(secret && { secret }) }
}

function secretOf({ GITHUB_WEBHOOK_SECRET: secret }: Config): HookChange {
  if (secret) return { secret }
  throw new OperatorError('There is no webhook secret', 'Set GITHUB_WEBHOOK_SECRET first.')
}
