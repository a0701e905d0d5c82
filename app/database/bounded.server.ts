import type { Database } from './database.server.ts'
import type { Queryable } from './pool.server.ts'
import { transaction } from './transaction.server.ts'

/** The search took longer than it may. */
export class SlowSearchError extends Error {
  override name = 'SlowSearchError'
}

export const MOST_SECONDS = 2
const CANCELLED = '57014'

/**
 * Runs statements each of which may take two seconds at most: a server breaks it off then. The embedded
 * database cannot be interrupted; there what is asked is bounded by how much is looked at.
 *
 * @throws SlowSearchError
 */
export async function bounded<T>(
  { pool, profile }: Pick<Database, 'pool' | 'profile'>,
  work: (db: Queryable) => Promise<T>,
): Promise<T> {
  if (profile === 'embedded') return work(pool)
  try {
    return await transaction(pool, work, { statementMs: MOST_SECONDS * 1000 })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== CANCELLED) throw cause
    throw new SlowSearchError(`The search took longer than ${MOST_SECONDS} s`, { cause })
  }
}
