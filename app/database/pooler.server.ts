import { type Pool, type Queryable, queryable } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

const TRIES = 5

export const POOLED =
  'DATABASE_URL leads to a pooler that gives the session away after each transaction'
export const NAME_DIRECT =
  'Set DATABASE_DIRECT_URL to the address of the PostgreSQL server itself; migrations and workers use it where a session has to last.'

/**
 * True if something between this process and the server gives the session of a connection to others after each
 * transaction, as PgBouncer does in its transaction mode: it then does with one session what needs two.
 */
export async function sharesSessions(pool: Pool): Promise<boolean> {
  const connection = await pool.connections.connect()
  const own = queryable(connection)
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = await sessionOf(own)
      const other = await transaction(pool, sessionOf)
      if (other === before || (await sessionOf(own)) !== before) return true
    }
    return false
  } finally {
    connection.release()
  }
}

async function sessionOf(db: Queryable): Promise<number | undefined> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid
}
