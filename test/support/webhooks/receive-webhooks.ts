import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { isOpenRun } from '#app/database/predicates.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { handleDeliveries } from '#app/webhooks/handle-deliveries.ts'
import { WEBHOOK_PATH } from '#app/webhooks/hook/webhook-mode.ts'
import type { Services } from '#server/services/services.ts'
import { webhookRoutes } from '#server/webhooks.ts'
import type { StandIn } from '../../github/stand-in.ts'

export const SECRET = 'a secret of at least thirty-two characters'
const { signal } = new AbortController()
const LONGEST_MS = 60_000

/** Listens for webhooks as the web process does. */
export async function listenForWebhooks({ config, database, logger }: Services) {
  const own = { ...config, GITHUB_WEBHOOK_SECRET: SECRET }
  const app = express().use(webhookRoutes({ config: own, db: database.pool, logger }))
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${WEBHOOK_PATH}`
  return { url, close: () => new Promise((resolve) => server.close(resolve)) }
}

/** Points the hook of a stand-in to this Whence. */
export async function receiveWebhooks(standIn: StandIn, services: Services) {
  const { url, close } = await listenForWebhooks(services)
  Object.assign(standIn.hook.config, { url, secret: SECRET })
  const { pool } = services.database
  const handling = {
    pool,
    logger: services.logger,
    listInstallations: () => syncNewInstallations(pool, services.config, services.logger),
  }

  /** Waits until every change of the stand-in has been received, handled and read. */
  async function settled(): Promise<void> {
    await standIn.hook.settled()
    await handleDeliveries(handling, signal)
    const deadline = Date.now() + LONGEST_MS
    for (;;) {
      const { rows } = await pool.query(`select id from run where ${isOpenRun('run')}`)
      if (rows.length === 0) return
      if (Date.now() > deadline) throw new Error('A run is still at work')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Returns event, action, state and outcome of each delivery, in the order of their arrival. */
  async function deliveries(): Promise<string[]> {
    const { rows } = await pool.query<{ line: string }>(
      `select concat(event, '.', action, ' ', state, ': ', outcome) as line from delivery
       order by received_at, id`,
    )
    return rows.map(({ line }) => line)
  }
  return {
    url,
    settled,
    deliveries,
    handling,
    handle: () => handleDeliveries(handling, signal),
    close,
  }
}
