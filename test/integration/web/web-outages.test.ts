import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServices, type Services } from '#server/services/services.ts'
import { startWeb, type Web } from '#server/web.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { cloneDatabase } from '../../services/setup.ts'
import { layWire, type Wire } from '../../services/wire.ts'
import { send } from '../../support/send.ts'

describeOnProfile('external', 'during an outage of a service', () => {
  let database: Wire
  let redis: Wire
  let services: Services
  let web: Web
  let drop: () => Promise<void>

  beforeAll(async () => {
    const clone = await cloneDatabase()
    drop = clone.drop
    database = await layWire(clone.environment.DATABASE_URL as string)
    redis = await layWire(process.env.REDIS_URL as string)
    const addresses = { DATABASE_URL: database.url, REDIS_URL: redis.url, PORT: '0' }
    const config = readConfig({ ...process.env, ...clone.environment, ...addresses })
    services = await openServices(config, createLogger('silent'), { migrate: false })
    web = await startWeb(services)
  })
  afterAll(async () => {
    database.restore()
    redis.restore()
    await web.close()
    await services.close()
    database.close()
    redis.close()
    await drop()
  })

  async function readiness(): Promise<Record<string, unknown>> {
    const { status, body } = await send(`${web.url}/readyz`)
    return { code: status, ...JSON.parse(body) }
  }

  async function backToReady(): Promise<void> {
    await expect
      .poll(readiness, { timeout: 15_000 })
      .toEqual({ code: 200, status: 'ready', database: 'ok', queue: 'ok' })
  }

  test('the web is degraded without the queue, and its page says so', async () => {
    redis.cut()
    await expect.poll(readiness).toMatchObject({ code: 200, status: 'degraded', queue: 'down' })
    const { status, body } = await send(web.url)
    expect(status).toBe(200)
    expect(body).toMatch(/The queue does not answer/)
    expect((await send(`${web.url}/metrics`)).body).toContain('whence_queue_up 0')
    redis.restore()
    await backToReady()
  })

  test('the web is not ready without the database, and recovers on its own', async () => {
    database.cut()
    await expect.poll(readiness).toMatchObject({ code: 503, database: 'down', queue: 'ok' })
    expect((await send(web.url)).body).toContain('The ledger cannot be read')
    database.restore()
    await backToReady()
  })

  test('the web answers within seconds if connections hang', async () => {
    database.freeze()
    redis.freeze()
    // Those who ask share the answer of the last second.
    await sleep(1_100)
    const before = performance.now()
    const answer = await readiness()
    expect(performance.now() - before).toBeLessThan(4_000)
    expect(answer).toMatchObject({ code: 503, database: 'down', queue: 'down' })
    expect(answer.reason).toContain('the database did not answer within 2 s')
    const page = await send(web.url)
    expect(page.status).toBe(200)
    const scrape = await send(`${web.url}/metrics`)
    expect(scrape.body).toContain('whence_database_up 0')
    expect(performance.now() - before).toBeLessThan(10_000)
    database.cut()
    redis.cut()
    database.restore()
    redis.restore()
    await backToReady()
  })
})
