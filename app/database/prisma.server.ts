import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '#app/generated/prisma/client.ts'
import type { Pool } from './pool.server.ts'
import {
  beginOf,
  giveUpAfter,
  insideTransaction,
  refuseInside,
  runAlone,
  withoutGuard,
} from './transaction.server.ts'

/** Creates a Prisma client on the driver's own pool; Prisma maps column names itself. */
export function openPrisma(pool: Pool): PrismaClient {
  const prisma = new PrismaClient({ adapter: new PrismaPg(boundedConnections(pool)) })
  const begin = prisma.$transaction.bind(prisma) as (...args: unknown[]) => Promise<unknown>
  // Interactive transactions are marked like ours, so that the guarded pool detects use inside them.
  prisma.$transaction = ((work: unknown, options?: unknown) =>
    typeof work === 'function'
      ? begin((tx: unknown) => insideTransaction(() => work(tx)), options)
      : begin(work, options)) as typeof prisma.$transaction
  return guardPrisma(prisma)
}

/** Returns connections on which all that Prisma sends has the settings and the limits of the pool. */
function boundedConnections(pool: Pool): pg.Pool {
  const connections = withoutGuard(pool.connections)
  if (beginOf(pool) === 'begin') return connections
  return new Proxy(connections, {
    get(target, name, receiver) {
      if (name === 'query') return (config: pg.QueryConfig) => runAlone(target, pool, config)
      if (name === 'connect') return async () => boundedClient(await target.connect(), pool)
      return Reflect.get(target, name, receiver)
    },
  })
}

/** Replaces the statement with which Prisma begins a transaction. */
function boundedClient(client: pg.PoolClient, pool: Pool): pg.PoolClient {
  const timed = { query_timeout: giveUpAfter(pool.limits) }
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value
      return ({ text, ...config }: pg.QueryConfig) =>
        target.query({ ...config, ...timed, text: text === 'BEGIN' ? beginOf(pool) : text })
    },
  })
}

/**
 * Makes every use of Prisma inside a transaction an error. Prisma sends the queries of one tick together in
 * the async context of the first, so the check is only possible here, in the caller's context.
 */
function guardPrisma(prisma: PrismaClient): PrismaClient {
  return new Proxy(prisma, {
    get(target, name) {
      if (typeof name === 'string' && name !== 'then') refuseInside('Prisma')
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
