/**
 * Consent: texts of an installation are sent to a provider beyond the own network only if the installation's
 * setting `outside_embedding` allows it. The built-in provider and private hosts need no consent.
 */
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'

/** On `installation`: its texts may be sent to an outside provider. */
export function consents(installation: string): string {
  return `${installation}.settings -> 'outside_embedding' = 'true'::jsonb`
}

/** On a column of repository ids: the installation of the repository consents. */
export function ofConsenting(repositoryId: string): string {
  return `${repositoryId} in (select own.id from repository own
    join installation i on i.id = own.installation_id where ${consents('i')})`
}

/** True if at least one active installation consents. */
export async function isConsentGiven(db: Queryable): Promise<boolean> {
  const { rows } = await db.query(
    `select from installation i where ${isActiveInstallation('i')} and ${consents('i')} limit 1`,
  )
  return rows.length > 0
}

/** True if one of the repositories belongs to an installation that consents, so that a query may be sent. */
export async function mayAskOutside(db: Queryable, repositoryIds: string[]): Promise<boolean> {
  const { rows } = await db.query(
    `select from repository r join installation i on i.id = r.installation_id
     where r.id = any($1::bigint[]) and ${consents('i')} limit 1`,
    [repositoryIds],
  )
  return rows.length > 0
}
