import { createHash, randomBytes } from 'node:crypto'
import type { PrismaClient } from '#app/generated/prisma/client.ts'

/**
 * Keys of operator links: 256 bits, each good once, for an hour. They live in the database, as hashes,
 * so that any web process redeems what any other printed, exactly one of them succeeds, and a restart
 * forgets none. Each boot prints a new one beside those that still hold.
 */
const LIFE_MS = 3_600_000
const PREFIX = 'operator-link.'

/** Makes a key, and removes those that expired. */
export async function createOperatorKey(prisma: PrismaClient): Promise<string> {
  const key = randomBytes(32).toString('base64url')
  await prisma.setting.deleteMany({
    where: { key: { startsWith: PREFIX }, updatedAt: { lt: oldest() } },
  })
  await prisma.setting.create({ data: { key: settingOf(key), value: true, updatedAt: new Date() } })
  return key
}

/** @returns whether the key was good; from now on it is not. */
export async function redeemOperatorKey(prisma: PrismaClient, key: string): Promise<boolean> {
  const { count } = await prisma.setting.deleteMany({
    where: { key: settingOf(key), updatedAt: { gte: oldest() } },
  })
  return count === 1
}

/** By the clock of the web processes, as sessions are. */
function oldest(): Date {
  return new Date(Date.now() - LIFE_MS)
}

function settingOf(key: string): string {
  return PREFIX + createHash('sha256').update(key).digest('hex')
}
