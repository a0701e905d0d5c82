/**
 * The sweep: asks GitHub for the deliveries that failed, and settles those that Whence does not have. In push mode
 * it catches up after an outage; in pull mode it is how every event arrives.
 */
import type { Config } from '#app/config/env.server.ts'
import { LeaseLostError, RateLimitedError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { databaseFailure } from '#app/database/failures.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { HookMode } from '#app/github/connection/connection.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { type HookClient, HookMissingError, openHookClient } from '#app/github/hook/hook-client.ts'
import { type HookSettings, hookSettings, isReachable } from '../hook/webhook-mode.ts'
import { probeOften, requestSyncs, whyToProbe } from './probe-often.ts'
import { type Settling, type Swept, settlePage } from './settle-page.ts'
import { type ClaimedSweep, claimSweep, endSweep, failSweep, renewSweep } from './sweep-state.ts'

export interface Sweeping {
  pool: Pool
  config: Config
  logger: Logger
  /** Instead of the configured mode. */
  mode?: HookMode
}

interface OpenSweep {
  pool: Pool
  logger: Logger
  hook: HookClient
  settings: HookSettings
}

const PUSH_SECONDS = 600
const PULL_SECONDS = 20
/** Wait after an error. */
const FAILED_SECONDS = 60
/** An attempt is listed only when it has ended: later ones may be listed before. */
const MARGIN_MS = 120_000
/** GitHub keeps deliveries for three days. */
const KEPT_MS = 3 * 86_400_000

/**
 * Sweeps if that is due and no other process does.
 *
 * @returns what was found; null if nothing was asked for, or GitHub failed, which is noted.
 */
export async function sweepDeliveries(
  sweeping: Sweeping,
  signal: AbortSignal,
): Promise<Swept | null> {
  const { pool, config, logger } = sweeping
  const connection = await readConnection(pool, config)
  const settings = {
    ...hookSettings(config, connection),
    ...(sweeping.mode && { mode: sweeping.mode }),
  }
  const hook = settings.mode === 'none' ? null : openHookClient(connection, logger)
  if (!hook) return null
  const claimed = await claimSweep(pool)
  const swept = claimed && (await sweepClaimed({ pool, logger, hook, settings }, claimed, signal))
  await probeOften(pool)
  return swept
}

async function sweepClaimed(
  sweeping: OpenSweep,
  claimed: ClaimedSweep,
  signal: AbortSignal,
): Promise<Swept | null> {
  try {
    return await sweepAll(sweeping, claimed, signal)
  } catch (error) {
    if (error instanceof LeaseLostError) return null
    // If its row cannot be written, the lease expires.
    if (databaseFailure(error)) throw error
    const { message } = error as Error
    sweeping.logger.warn({ err: error }, 'the deliveries that failed could not be listed')
    await failSweep(sweeping.pool, claimed.lease, {
      error: message.slice(0, 500),
      seconds: waitAfter(error, sweeping.settings.mode),
      probingReason: error instanceof HookMissingError ? message : null,
    })
    return null
  }
}

function waitAfter(error: unknown, mode: HookMode): number {
  if (error instanceof RateLimitedError)
    return Math.max(1, (error.until.getTime() - Date.now()) / 1000)
  return mode === 'pull' ? PULL_SECONDS : FAILED_SECONDS
}

async function sweepAll(
  { pool, hook, settings, logger }: OpenSweep,
  claimed: ClaimedSweep,
  signal: AbortSignal,
): Promise<Swept> {
  const hookUrl = await hook.readUrl()
  const settling: Settling = {
    ...{ pool, hook, signal, isReachable: isReachable(settings) },
    renew: () => renewSweep(pool, claimed.lease),
    spent: new Map(),
    seen: new Set(),
    swept: { missing: 0, redelivered: 0, collected: 0, synced: 0 },
  }
  const newest = await settleFailures(settling, claimed.settledUntil)
  const settledUntil = newest ?? claimed.settledUntil
  const lost = lostSince(claimed)
  if (lost) {
    logger.warn({ ...lost }, 'GitHub may have dropped deliveries: all repositories are asked for')
    await requestSyncs(pool)
  }
  const isPulling = settings.mode === 'pull'
  await endSweep(pool, claimed.lease, {
    ...{ hookUrl, settledUntil, lost },
    seconds: isPulling ? PULL_SECONDS : PUSH_SECONDS,
    probingReason: isPulling ? await whyToProbe(pool, settledUntil ?? claimed.createdAt) : null,
  })
  return settling.swept
}

/**
 * Settles the failed deliveries, newest first, down to those that an earlier sweep has settled.
 *
 * @returns the time of the newest one; null if there is none.
 */
async function settleFailures(settling: Settling, until: Date | null): Promise<Date | null> {
  const end = until ? until.getTime() - MARGIN_MS : Number.NEGATIVE_INFINITY
  let newest: Date | null = null
  let cursor: string | null = null
  do {
    await settling.renew()
    const page = await settling.hook.listFailures(cursor)
    const due = page.deliveries.filter(({ deliveredAt }) => deliveredAt.getTime() > end)
    newest ??= page.deliveries[0]?.deliveredAt ?? null
    await settlePage(settling, due)
    cursor = due.length === page.deliveries.length ? page.next : null
  } while (cursor)
  return newest
}

/** Returns the time of which GitHub no longer had the deliveries when it was asked again. */
function lostSince({ succeededAt }: ClaimedSweep): { from: Date; until: Date } | null {
  const until = new Date(Date.now() - KEPT_MS)
  return succeededAt && succeededAt < until ? { from: succeededAt, until } : null
}
