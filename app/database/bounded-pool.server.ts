import type pg from 'pg'
import { type Limits, type Pool, poolOf } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

/**
 * Returns a pool each of whose statements has time limits. They belong to a transaction, as all settings do, so a
 * statement on its own is given one.
 */
export function boundedPool(
  connections: pg.Pool,
  transactionSettings: string,
  limits: Partial<Limits>,
): Pool {
  const pool = poolOf(connections, transactionSettings, limits)
  return { ...pool, query: (text, values) => transaction(pool, (tx) => tx.query(text, values)) }
}
