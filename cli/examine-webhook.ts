import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { openHookClient } from '#app/github/hook/hook-client.ts'
import { compareAddress } from '#app/webhooks/hook/compare-address.ts'
import { webhookMode } from '#app/webhooks/hook/webhook-mode.ts'
import { readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import type { Finding } from './findings.ts'

/** Compares the address of the App's hook with the configuration. */
export async function examineHook(config: Config, logger: Logger): Promise<Finding> {
  const hook = webhookMode(config) === 'off' ? null : openHookClient(config, logger)
  if (!hook) return { level: 'ok', message: compareAddress(config, null).message }
  try {
    const { isRight, message } = compareAddress(config, await hook.readUrl())
    if (isRight) return { level: 'ok', message }
    const hint = 'Set PUBLIC_URL if it is missing; the page Deliveries then corrects it on a click.'
    return { level: 'fail', message, hint }
  } catch (error) {
    return {
      level: 'fail',
      message: (error as Error).message,
      hint: 'Give the App a webhook on GitHub (docs/github-app.md), or set GITHUB_WEBHOOK_MODE=off.',
    }
  }
}

/** Returns a warning if what GitHub could not deliver was not collected. */
export async function examineSweep({ pool }: Database): Promise<Finding> {
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
