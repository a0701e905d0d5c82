import type { Queryable } from '#app/database/pool.server.ts'

/** A statement that ran. */
export interface Recorded {
  /** `path:line` of the product's code that asked for it. */
  at: string
  sql: string
  values: readonly unknown[]
}

const PRODUCT = /\/((?:app|cli|server|workers)\/[^:()]+:\d+)/

/** The same handle, which notes all that it runs. */
export function recording(db: Queryable): Queryable & { recorded: Recorded[] } {
  const recorded: Recorded[] = []
  return {
    recorded,
    query(sql, values = []) {
      const [, at = ''] = PRODUCT.exec(new Error('where').stack ?? '') ?? []
      recorded.push({ at, sql, values })
      return db.query(sql, values)
    },
  }
}
