import type pg from 'pg'
import type { Config } from '../env.server.ts'
import { OperatorError } from '../errors.server.ts'
import type { Logger } from '../logger.server.ts'
import type { Search } from './answer.ts'

/** The search of a process; it opens nothing of its own. */
export function openSearch(_: { pool: pg.Pool; config: Config; logger: Logger }): Search {
  return async () => {
    throw new OperatorError('There is no search yet', 'Update Whence.')
  }
}
