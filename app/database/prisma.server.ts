import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '#app/generated/prisma/client.ts'
import { insideTransaction, refuseInside, withoutGuard } from './transaction.server.ts'

/** Creates a Prisma client on the driver's own pool; Prisma maps column names itself. */
export function openPrisma(connections: pg.Pool): PrismaClient {
  const prisma = new PrismaClient({ adapter: new PrismaPg(withoutGuard(connections)) })
  const begin = prisma.$transaction.bind(prisma) as (...args: unknown[]) => Promise<unknown>
  // Interactive transactions are marked like ours, so that the guarded pool detects use inside them.
  prisma.$transaction = ((work: unknown, options?: unknown) =>
    typeof work === 'function'
      ? begin((tx: unknown) => insideTransaction(() => work(tx)), options)
      : begin(work, options)) as typeof prisma.$transaction
  return guardPrisma(prisma)
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
