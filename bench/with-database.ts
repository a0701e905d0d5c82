import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { readConfig } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openServices, type Services } from '#server/services/services.ts'
import { printServerSettings } from './server-settings.ts'

/**
 * Runs `work` on a new database on the server of DATABASE_URL, and drops it afterwards.
 *
 * @param reports `writes` if the figures are of writes, which need a server that survives a power cut.
 */
export async function withDatabase(
  work: (services: Services) => Promise<void>,
  reports: 'reads' | 'writes' = 'reads',
): Promise<void> {
  const config = readConfig()
  if (config.profile.kind !== 'external') throw new Error('needs DATABASE_URL and REDIS_URL')
  const name = `whence_bench_${randomUUID().replaceAll('-', '')}`
  const server = new pg.Client({ connectionString: config.profile.databaseUrl })
  await server.connect()
  await server.query(`create database ${name}`)
  const url = new URL(config.profile.databaseUrl)
  url.pathname = `/${name}`
  const own = readConfig({ ...process.env, DATABASE_URL: url.href })
  const services = await openServices(own, createLogger('warn'), { migrate: true })
  try {
    await printServerSettings(services.database.direct, reports)
    await work(services)
  } finally {
    await services.close()
    await server.query(`drop database ${name} with (force)`)
    await server.end()
  }
}
