import type { Database } from '#app/database/database.server.ts'
import { openReader, type Reader } from '#app/database/reader.server.ts'
import type { Scope } from './scope.ts'

/** Reads the database for somebody: all that a route, a tool or an export gets of it. */
export interface ScopedReader extends Reader {
  scope: Scope
}

/** Makes readers of one database. */
export type ReaderFor = (scope: Scope) => ScopedReader

export function openReaders(database: Pick<Database, 'pool' | 'profile'>): ReaderFor {
  const reader = openReader(database)
  return (scope) => ({ ...reader, scope })
}
