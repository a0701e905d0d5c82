import type { Database } from '#app/database/database.server.ts'
import type { Limits } from '#app/database/pool.server.ts'
import { INTERACTIVE, openReader, type Reader } from '#app/database/reader.server.ts'
import type { Scope } from './scope.ts'

/** Reads the database within a scope: the only database access that routes, tools and exports receive. */
export interface ScopedReader extends Reader {
  scope: Scope
}

/** Creates readers of one database. */
export type ReaderFor = (scope: Scope) => ScopedReader

export function openReaders(
  { web, profile }: Pick<Database, 'web' | 'profile'>,
  limits: Limits = INTERACTIVE,
): ReaderFor {
  const reader = openReader({ pool: web, profile }, limits)
  return (scope) => ({ ...reader, scope })
}
