import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'

/** A repository whose code is ingested. */
export interface IngestedRepository {
  id: ReadableRepositoryId
  installationId: string
  /** `owner/name` under which it was cloned. */
  fullName: string
  /** Until when the copy of its pull requests is complete. */
  syncedUntil: Date | null
}

/** Returns a repository in scope whose code is ingested; null if no such repository exists. */
export async function findIngested(
  db: Queryable,
  scope: Scope,
  repository: string,
): Promise<IngestedRepository | null> {
  const { values, bind } = parametersOf([repository])
  const { rows } = await db.query<IngestedRepository>(
    `select r.id, r.installation_id, c.full_name, r.synced_until
     from repository r join code_ref c on c.repository_id = r.id and ${notForgotten('c')}
     where lower(r.full_name) = lower($1) and ${visible(scope, 'r')(bind)}
     order by c.indexed_at desc nulls last, c.id limit 1`,
    values,
  )
  return rows[0] ?? null
}
