/** Whose code it is: an installation's, or that of the person or program who ingests it. */
import type { Actor } from '#app/audit/record-entry.ts'
import { operated, type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'

export interface Tenant {
  /** Null for one that does not exist yet: of a maker who has ingested nothing outside the installations. */
  installationId: string | null
  /** The repository in the copy, if it belongs to one. */
  repositoryId: string | null
  /** False if it has no credentials, so that only public repositories can be read. */
  hasCredentials: boolean
}

/**
 * Finds the tenant of a repository, `owner/name`: the installation that copies it, or that of a personal token,
 * which reads what its owner may read, or the maker's own.
 */
export async function findTenant(
  db: Queryable,
  scope: Scope,
  { repository, actor }: { repository: string; actor: Actor },
): Promise<Tenant> {
  const { values, bind } = parametersOf([repository, localId(actor)])
  const { rows } = await db.query<Tenant>(
    `(select r.installation_id, r.id as repository_id, true as has_credentials from repository r
      where lower(r.full_name) = lower($1) and ${visible(scope, 'r')(bind)}
        and ${operated(scope, 'r.installation_id')(bind)} order by r.id limit 1)
     union all
     (select i.id, null, i.kind = 'token' from installation i
      where (i.kind = 'token' or i.kind = 'local' and i.external_id = $2)
        and ${isActiveInstallation('i')} and ${operated(scope, 'i.id')(bind)}
      order by i.kind = 'local', i.id limit 1)`,
    values,
  )
  return rows[0] ?? { installationId: null, repositoryId: null, hasCredentials: false }
}

/** Returns the id of the maker's own tenant, which is created if need be. */
export async function ensureLocalTenant(tx: Queryable, actor: Actor): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('local', $1, $2)
     on conflict (external_id) do update set updated_at = now() returning id`,
    [localId(actor), actor],
  )
  return rows[0]?.id as string
}

function localId(actor: Actor): string {
  return `local:${actor}`
}
