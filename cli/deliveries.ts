import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { namedRepositories } from '#app/github/named-repositories.ts'
import { handleAgain } from '#app/webhooks/log/handle-again.ts'
import { readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import {
  type Delivery,
  type DeliveryPage,
  readDeliveries,
  readDelivery,
} from '#app/webhooks/log/read-deliveries.ts'
import type { Swept } from '#app/webhooks/sweep/settle-page.ts'
import { sweepDeliveries } from '#app/webhooks/sweep/sweep-deliveries.ts'
import { hastenSweep } from '#app/webhooks/sweep/sweep-state.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { warnOfMissingWorkers } from './missing-workers.ts'
import { withDatabase } from './with-database.ts'

export interface DeliveriesOptions {
  json: boolean
}

export interface ListOptions extends DeliveriesOptions, Omit<DeliveryPage, 'repository'> {
  /** At most one. */
  repo?: string[]
}

/** Lists the latest deliveries, newest first. */
export async function list(
  context: CommandContext,
  { json, repo = [], ...page }: ListOptions,
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const [repository] = await namedRepositories(pool, context.config, repo)
    const { deliveries } = await readDeliveries(pool, operatorScope(), { ...page, repository })
    if (json) await print(context, JSON.stringify({ deliveries }, null, 2))
    else if (deliveries.length === 0) await note(context, 'There are no deliveries')
    else await print(context, deliveries.map(renderDelivery).join('\n'))
    return 0
  })
}

/** Has a delivery handled once more. */
export async function redeliver(
  context: CommandContext,
  { id, json }: DeliveriesOptions & { id: string },
): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    await handleAgain(pool, operatorScope(), id, cliActor())
    const delivery = await readDelivery(pool, operatorScope(), id)
    await print(context, json ? JSON.stringify(delivery, null, 2) : `${id} is handled again`)
    const missing = await warnOfMissingWorkers(pool, context.config.profile)
    if (missing) await note(context, missing)
    return 0
  })
}

/** Collects the deliveries that GitHub could not deliver, now. */
export async function pull(context: CommandContext, { json }: DeliveriesOptions): Promise<number> {
  const { config, logger, signal } = context
  return withDatabase(context, async ({ pool }) => {
    if ((await readConnection(pool, config)).access.kind !== 'app')
      throw new OperatorError(
        'There are no deliveries without a GitHub App',
        'Set it up at /setup, or set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.',
      )
    await hastenSweep(pool)
    const swept = await sweepDeliveries({ pool, config, logger, mode: 'pull' }, signal)
    if (!swept) return explain(context, (await readSweepStatus(pool))?.error ?? null)
    await print(context, json ? JSON.stringify(swept) : renderSwept(swept))
    return 0
  })
}

async function explain(context: CommandContext, error: string | null): Promise<number> {
  await note(context, error ?? 'Another process is collecting deliveries: try again in a minute.')
  return 1
}

function renderSwept({ missing, collected, synced }: Swept): string {
  if (missing === 0) return 'Nothing was missed'
  const rest = synced > 0 ? `; ${synced} more are covered by a sync of their repositories` : ''
  return `${missing} deliveries were missed: ${collected} were collected${rest}`
}

function renderDelivery({ id, event, action, receivedAt, ...one }: Delivery): string {
  const name = [event, action].filter(Boolean).join('.')
  const where = one.repository ?? one.installation?.account ?? 'no installation'
  const time = one.latencyMs === null ? '' : ` after ${one.latencyMs} ms`
  const outcome = one.outcome ? `: ${one.outcome}` : ''
  return `${id}  ${receivedAt.slice(0, 19)}Z  ${name} in ${where}, ${one.state}${time}${outcome}`
}
