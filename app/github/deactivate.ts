import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation } from '#app/database/predicates.ts'

/** Deactivates an installation that is suspended or uninstalled, until GitHub lists it again. */
export async function deactivateInstallation(
  db: Queryable,
  installationId: string,
  reason: string,
): Promise<void> {
  await db.query(
    `update installation set active = false, inactive_reason = $2, inactive_at = now(), updated_at = now()
     where id = $1 and ${isActiveInstallation('installation')}`,
    [installationId, reason],
  )
}
