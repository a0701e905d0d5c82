import type { Database } from '#app/database/database.server.ts'
import type { Limits, Pool } from '#app/database/pool.server.ts'
import { isActiveInstallation, isReadable } from '#app/database/predicates.ts'
import { INTERACTIVE, openReader, type Reader } from '#app/database/reader.server.ts'
import { isUsable, READER_ROLE, readReaderRole } from '#app/database/reader-role.server.ts'
import { isOperator, type Scope } from './scope.ts'

/** Reads the database within a scope: the only database access that routes, tools and exports receive. */
export interface ScopedReader extends Reader {
  scope: Scope
}

/** Creates readers of one database. */
export type ReaderFor = (scope: Scope) => ScopedReader

/**
 * Its readers work as the role of readers, within the policies of the tables, if that role can be used when the
 * first of them reads. If it is taken away later, they fail.
 */
export function openReaders(
  { web, profile }: Pick<Database, 'web' | 'profile'>,
  limits: Limits = INTERACTIVE,
): ReaderFor {
  const isConfined = askedOnce(web)
  return (scope) => {
    const settings = async () => ((await isConfined()) ? confinement(scope) : '')
    return { ...openReader({ pool: web, profile }, limits, settings), scope }
  }
}

function askedOnce(pool: Pool): () => Promise<boolean> {
  let known: Promise<boolean> | undefined
  return () => {
    known ??= readReaderRole(pool).then(isUsable, (error) => {
      known = undefined
      throw error
    })
    return known
  }
}

const ID = /^\d{1,19}$/

/**
 * Returns the statements that confine a transaction to a scope. What they allow does not depend on `visible`, so
 * that a mistake there shows nothing.
 */
function confinement(scope: Scope): string {
  const [repositories, installations] = isOperator(scope)
    ? ['true', 'true']
    : [among('r.id', scope?.repositories), among('i.id', scope?.operates)]
  return `select set_config('app.scope', coalesce((select array_agg(r.id)::text from repository r
      where ${repositories} and ${isReadable('r')}), ''), true),
    set_config('app.installations', coalesce((select array_agg(i.id)::text from installation i
      where ${installations} and ${isActiveInstallation('i')}), ''), true);
    set local role ${READER_ROLE}`
}

/** The statements that begin a transaction take no parameters. */
function among(column: string, ids: readonly string[] = []): string {
  return `${column} = any ('{${ids.filter((id) => ID.test(id)).join(',')}}'::bigint[])`
}
