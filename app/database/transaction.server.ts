import { AsyncLocalStorage } from 'node:async_hooks'
import type pg from 'pg'
import { type Limits, type Pool, type Queryable, queryable } from './pool.server.ts'

interface TransactionMark {
  open: boolean
}

/** Long enough for an answer that is under way while the event loop is busy. */
const GRACE_MS = 3_000

const inside = new AsyncLocalStorage<TransactionMark>()

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Only the handle may
 * be used inside: on the embedded profile the pool would wait for the session that this transaction holds, so
 * a guarded pool refuses immediately on both profiles. The handle is invalid after the transaction, because a
 * task left running would write into whatever the client does next.
 *
 * @param limits of each statement, instead of those of the pool; the server ends a slower one (57014), and one
 * that waits too long for a lock (55P03).
 * @throws also if a statement failed and `work` went on, since the database then commits nothing.
 */
export async function transaction<T>(
  pool: Pool,
  work: (tx: Queryable) => Promise<T>,
  { limits = pool.limits, readOnly = false }: { limits?: Partial<Limits>; readOnly?: boolean } = {},
): Promise<T> {
  const own = { ...pool, limits }
  return withClient(own, pool.connections, { readOnly }, (client) =>
    insideTransaction((mark) => work(handleOf(client, mark, limits))),
  )
}

/** Runs one statement of the driver in a transaction with the settings and the limits of the pool. */
export function runAlone(
  connections: pg.Pool,
  pool: Pool,
  config: pg.QueryConfig,
): Promise<pg.QueryResult> {
  const timed = { ...config, query_timeout: giveUpAfter(pool.limits) }
  return withClient(pool, connections, {}, (client) => client.query(timed))
}

async function withClient<T>(
  pool: Pool,
  connections: pg.Pool,
  { readOnly = false }: { readOnly?: boolean },
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const timed = { query_timeout: giveUpAfter(pool.limits) }
  const client = await connections.connect()
  let broken: Error | undefined
  try {
    await client.query({ text: beginOf(pool, readOnly), ...timed })
    const result = await work(client)
    const { command } = await client.query({ text: 'commit', ...timed })
    if (command !== 'COMMIT')
      throw new Error('Nothing was committed: a statement failed, but the transaction continued')
    return result
  } catch (error) {
    broken = isGivenUp(error) ? (error as Error) : await rollBack(client, timed)
    throw error
  } finally {
    client.release(broken)
  }
}

/** @returns the error with which the connection has to be closed, if it could not be rolled back. */
function rollBack(client: pg.ClientBase, timed: object): Promise<Error | undefined> {
  return client.query({ text: 'rollback', ...timed }).then(
    () => undefined,
    (cause: Error) => cause,
  )
}

/** Returns the statements that begin a transaction, combined to save round trips. */
export function beginOf(
  { transactionSettings, limits }: Pick<Pool, 'transactionSettings' | 'limits'>,
  readOnly = false,
): string {
  const { statementMs, lockMs } = limits
  const statements = [
    readOnly ? 'begin read only' : 'begin',
    statementMs ? `set local statement_timeout = ${Math.trunc(statementMs)}` : '',
    lockMs ? `set local lock_timeout = ${Math.trunc(lockMs)}` : '',
    transactionSettings,
  ]
  return statements.filter((one) => one !== '').join('; ')
}

/**
 * Returns the time after which the client gives up a statement that the server should have ended: the server
 * hangs, or cannot be reached any more. The connection is closed then.
 */
export function giveUpAfter({ statementMs }: Partial<Limits>): number | undefined {
  return statementMs === undefined ? undefined : statementMs + GRACE_MS
}

/** Recognizes a statement that still occupies its connection. */
function isGivenUp(error: unknown): boolean {
  return (error as Partial<Error> | undefined)?.message === 'Query read timeout'
}

function handleOf(
  client: pg.ClientBase,
  mark: TransactionMark,
  limits: Partial<Limits>,
): Queryable {
  const { query } = queryable(client, { timeoutMs: giveUpAfter(limits) })
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
