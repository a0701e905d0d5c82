import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'
import type { PrismaClient } from '#app/generated/prisma/client.ts'

/**
 * Keys of operator links: 256 bits, valid once, for one hour. The database stores their hashes, so that any
 * web process can redeem a key that another one printed, only one redemption succeeds, and keys survive a
 * restart. Each start prints a new key; the earlier ones stay valid.
 */
const LIFE_MS = 3_600_000
const PREFIX = 'operator-link.'

/** Creates a key and deletes expired keys. */
export async function createOperatorKey(prisma: PrismaClient): Promise<string> {
  const key = randomBytes(32).toString('base64url')
  await prisma.setting.deleteMany({
    where: { key: { startsWith: PREFIX }, updatedAt: { lt: oldest() } },
  })
  await prisma.setting.create({ data: { key: settingOf(key), value: true, updatedAt: new Date() } })
  return key
}

/** @returns true if the key was valid; it is then used up. */
export async function redeemOperatorKey(tx: Queryable, key: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from setting where key = $1 and updated_at >= $2', [
    settingOf(key),
    oldest(),
  ])
  return rowCount === 1
}

/** Uses the clock of the web processes, as sessions do. */
function oldest(): Date {
  return new Date(Date.now() - LIFE_MS)
}

function settingOf(key: string): string {
  return PREFIX + createHash('sha256').update(key).digest('hex')
}
