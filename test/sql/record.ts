import type { Queryable } from '#app/database/pool.server.ts'

/** A statement that was executed. */
export interface Recorded {
  /** `path:line` of the product code that executed it. */
  at: string
  sql: string
  values: readonly unknown[]
}

const PRODUCT = /\/((?:app|cli|server|workers)\/[^:()]+:\d+)/

/** Wraps a handle so that it records every statement it executes. */
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
