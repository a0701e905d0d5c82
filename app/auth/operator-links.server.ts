import { createHash, randomBytes } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'

/**
 * Keys of operator links: 256 bits, each good once, for an hour. They live in the database, as hashes,
 * so that any web process redeems what any other printed, exactly one of them succeeds, and a restart
 * forgets none. Each boot prints a new one beside those that still hold.
 */
const LIFE_MINUTES = 60
const PREFIX = 'operator-link.'

/** Makes a key, and removes those that expired. */
export async function createOperatorKey(db: Queryable): Promise<string> {
  const key = randomBytes(32).toString('base64url')
  await db.query(
    `with expired as (
       delete from setting where starts_with(key, $3)
         and updated_at < now() - $2 * interval '1 minute')
     insert into setting (key, value) values ($1, 'true')`,
    [settingOf(key), LIFE_MINUTES, PREFIX],
  )
  return key
}

/** @returns whether the key was good; from now on it is not. */
export async function redeemOperatorKey(db: Queryable, key: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `delete from setting where key = $1 and updated_at >= now() - $2 * interval '1 minute'`,
    [settingOf(key), LIFE_MINUTES],
  )
  return rowCount === 1
}

function settingOf(key: string): string {
  return PREFIX + createHash('sha256').update(key).digest('hex')
}
