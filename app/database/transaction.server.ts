import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { type Pool, type Queryable, queryable } from './pool.server.ts'

interface TransactionMark {
  open: boolean
}

const inside = new AsyncLocalStorage<TransactionMark>()

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Only the handle may
 * be used inside: on the embedded profile the pool would wait for the session that this transaction holds, so
 * a guarded pool refuses immediately on both profiles. The handle is invalid after the transaction, because a
 * task left running would write into whatever the client does next.
 *
 * @param statementMs time limit of each statement; the server aborts a slower one (57014).
 * @throws also if a statement failed and `work` went on, since the database then commits nothing.
 */
export async function transaction<T>(
  pool: Pool,
  work: (tx: Queryable) => Promise<T>,
  { statementMs, readOnly = false }: { statementMs?: number | undefined; readOnly?: boolean } = {},
): Promise<T> {
  const client = await pool.connections.connect()
  let broken: Error | undefined
  try {
    // Combined to save a round trip.
    const limit = statementMs ? `; set local statement_timeout = ${Math.trunc(statementMs)}` : ''
    const settings = pool.transactionSettings ? `; ${pool.transactionSettings}` : ''
    await client.query(`begin${readOnly ? ' read only' : ''}${settings}${limit}`)
    const result = await insideTransaction((mark) => work(handleOf(client, mark)))
    const { command } = await client.query('commit')
    if (command !== 'COMMIT')
      throw new Error('Nothing was committed: a statement failed, but the transaction continued')
    return result
  } catch (error) {
    broken = await client.query('rollback').then(
      () => undefined,
      (cause: Error) => cause,
    )
    throw error
  } finally {
    client.release(broken)
  }
}

function handleOf(client: pg.ClientBase, mark: TransactionMark): Queryable {
  const { query } = queryable(client)
  return {
    query: (text, values) =>
      mark.open
        ? query(text, values)
        : Promise.reject(
            new Error('The transaction handle was used after the transaction had ended'),
          ),
  }
}

/** Marks all code called by `work` as inside a transaction until `work` ends. */
export async function insideTransaction<T>(
  work: (mark: TransactionMark) => Promise<T>,
): Promise<T> {
  const mark = { open: true }
  try {
    return await inside.run(mark, () => work(mark))
  } finally {
    mark.open = false
  }
}

/** @throws if called inside a transaction, which `name` would bypass. */
export function refuseInside(name: string): void {
  if (inside.getStore()?.open)
    throw new Error(`${name} was used inside a transaction: use the transaction handle instead`)
}

/** Makes every use of the pool inside a transaction an error. */
export function guardPool(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown
  pool.connect = ((...args: unknown[]) => {
    try {
      refuseInside('The pool')
    } catch (error) {
      const callback = args[0]
      return typeof callback === 'function' ? callback(error) : Promise.reject(error)
    }
    return connect(...args)
  }) as typeof pool.connect
  return pool
}

/**
 * Returns the guarded pool without its guard, for a client that collects the statements of several tasks
 * within one tick and sends them in the async context of the first. Such a client must check the guard when
 * it is called.
 */
export function withoutGuard(pool: pg.Pool): pg.Pool {
  return new Proxy(pool, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver)
      if (name !== 'connect') return value
      return (...args: unknown[]) => inside.run({ open: false }, () => value(...args))
    },
  })
}
