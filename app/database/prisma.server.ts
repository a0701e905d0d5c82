import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '#app/generated/prisma/client.ts'
import { insideTransaction, refuseInside, withoutGuard } from './transaction.server.ts'

/** Makes Prisma's client on the driver's own pool; it names columns by itself. */
export function openPrisma(connections: pg.Pool): PrismaClient {
  const prisma = new PrismaClient({ adapter: new PrismaPg(withoutGuard(connections)) })
  const begin = prisma.$transaction.bind(prisma) as (...args: unknown[]) => Promise<unknown>
  // An interactive transaction is marked like ours, so that the guarded pool knows its inside.
  prisma.$transaction = ((work: unknown, options?: unknown) =>
    typeof work === 'function'
      ? begin((tx: unknown) => insideTransaction(() => work(tx)), options)
      : begin(work, options)) as typeof prisma.$transaction
  return guardPrisma(prisma)
}

/**
 * Prisma sends what was asked within one tick together, in the context of whoever asked first: whether
 * someone is inside a transaction is known only here, where they ask.
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
