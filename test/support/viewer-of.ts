import { type ChangeScope, viewerScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'

/** Returns the scope of a viewer who can read everything in these installations and operates them. */
export async function viewerOf(db: Queryable, ...installations: string[]): Promise<ChangeScope> {
  const { rows } = await db.query<{ id: string }>(
    'select id from repository where installation_id = any($1::bigint[])',
    [installations],
  )
  return viewerScope({ repositories: rows.map(({ id }) => id), operates: installations })
}
