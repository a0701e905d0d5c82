import type { Database } from '#app/database/database.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { type HookClient, openHookClient } from '#app/github/hook/hook-client.ts'
import { compareAddress } from '#app/webhooks/hook/compare-address.ts'
import { type HookSettings, hookSettings } from '#app/webhooks/hook/webhook-mode.ts'
import { readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import type { CommandContext } from './context.ts'
import type { Finding } from './findings.ts'

/** Examines the webhook of the App, if there is one. */
export async function examineWebhook(
  { config, logger }: CommandContext,
  { pool }: Database,
): Promise<[part: string, Finding][]> {
  const connection = await readConnection(pool, config)
  if (connection.access.kind !== 'app') return []
  const settings = hookSettings(config, connection)
  const hook = settings.mode === 'none' ? null : openHookClient(connection, logger)
  if (!hook) return [['webhook', { level: 'ok', message: compareAddress(settings, null).message }]]
  return [
    ['webhook', await examineAddress(hook, settings)],
    ['deliveries', await examineSweep(pool)],
  ]
}

async function examineAddress(hook: HookClient, settings: HookSettings): Promise<Finding> {
  try {
    const { isRight, mayCorrect, message } = compareAddress(settings, await hook.readUrl())
    if (isRight) return { level: 'ok', message }
    return mayCorrect
      ? { level: 'fail', message, hint: 'The page Deliveries corrects it on a click.' }
      : { level: 'warn', message, hint: 'Set PUBLIC_URL to the address of Whence.' }
  } catch (error) {
    return {
      level: 'fail',
      message: (error as Error).message,
      hint: 'Give the App a webhook on GitHub (docs/github-app.md), or set GITHUB_WEBHOOK_MODE=none.',
    }
  }
}

/** Returns a warning if what GitHub could not deliver was not collected. */
async function examineSweep(pool: Pool): Promise<Finding> {
  const sweep = await readSweepStatus(pool)
  if (!sweep) return { level: 'ok', message: 'no missed deliveries were asked for yet' }
  if (sweep.error)
    return {
      level: 'warn',
      message: `missed deliveries could not be collected: ${sweep.error}`,
      hint: 'Whence tries again by itself; `whence deliveries pull` does it now.',
    }
  const message = `missed deliveries were collected at ${sweep.succeededAt ?? 'no time yet'}`
  if (!sweep.probingReason) return { level: 'ok', message }
  return {
    level: 'warn',
    message: `repositories are asked for every two minutes: ${sweep.probingReason}`,
    hint: "Check the webhook on the App's page on GitHub.",
  }
}
