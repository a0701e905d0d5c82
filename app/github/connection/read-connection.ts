import type { Config } from '#app/config/env.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { type Connection, connectionOf, type StoredConnection } from './connection.ts'

/** How long a process uses what it has read, in milliseconds: so long a change takes to arrive everywhere. */
const FRESH_MS = 2_000

interface Held {
  version: number
  connection: Connection
}

interface Reading {
  at: number
  held: Promise<Held>
}

const readings = new WeakMap<Queryable, WeakMap<Config, Reading>>()

/**
 * Returns how GitHub is reached now. It is asked for at each call, so that what the set-up stores is used
 * everywhere within seconds. The same object is returned until something changes.
 */
export async function readConnection(db: Queryable, config: Config): Promise<Connection> {
  const own = readings.get(db) ?? new WeakMap<Config, Reading>()
  readings.set(db, own)
  const known = own.get(config)
  if (known && Date.now() - known.at < FRESH_MS) return (await known.held).connection
  const reading = { at: Date.now(), held: read(db, config, known) }
  own.set(config, reading)
  try {
    return (await reading.held).connection
  } catch (error) {
    if (own.get(config) === reading) own.delete(config)
    throw error
  }
}

/** Makes the next call read again, in this process and on this pool. */
export function forgetConnection(db: Queryable): void {
  readings.delete(db)
}

async function read(db: Queryable, config: Config, known: Reading | undefined): Promise<Held> {
  const stored = await readStored(db)
  const version = stored?.version ?? 0
  const held = await known?.held.catch(() => undefined)
  return held?.version === version ? held : { version, connection: connectionOf(config, stored) }
}

/** Returns the row as it is stored, with sealed secrets; null before anything was stored. */
export async function readStored(db: Queryable): Promise<StoredConnection | null> {
  const { rows } = await db.query<StoredConnection>(
    `select version, api_url, web_url, hook_mode, app_id, slug, client_id, private_key, webhook_secret,
       webhook_secret_previous, client_secret, token, owner, is_public, completed_at
     from github_connection`,
  )
  return rows[0] ?? null
}
