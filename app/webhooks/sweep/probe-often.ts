/** The fallback: while no deliveries can be relied upon, the repositories are asked for every two minutes. */
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveInstallation, notDeleted, notHidden } from '#app/database/predicates.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { claimProbe } from './sweep-state.ts'

const EVERY_SECONDS = 120
/** A change that is this much newer than the last event should have caused one. */
const LATE_MINUTES = 10

/** Requests a sync of all installations if deliveries cannot be relied upon, and the last one is two minutes old. */
export async function probeOften(pool: Pool): Promise<void> {
  if (await claimProbe(pool, EVERY_SECONDS)) await requestSyncs(pool)
}

/** Requests an incremental sync of each active installation of the App. */
export async function requestSyncs(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from installation i where ${isActiveInstallation('i')} and kind = 'app' order by id`,
  )
  for (const { id } of rows) await requestSync(pool, id, 'webhook', {})
}

/**
 * Returns why deliveries cannot be relied upon: a sync found changes that are newer than the last event. Null if
 * none did.
 *
 * @param heardAt the time of the newest delivery, by GitHub's clock.
 */
export async function whyToProbe(db: Queryable, heardAt: Date): Promise<string | null> {
  const { rowCount } = await db.query(
    `select from repository r join installation i on i.id = r.installation_id
       cross join lateral (select from pull_request p where p.repository_id = r.id and ${notDeleted('p')}
         and p.updated_at > $1::timestamptz + $2 * interval '1 minute'
         and p.updated_at < clock_timestamp() - $2 * interval '1 minute' limit 1) changed
     where i.kind = 'app' and ${isActiveInstallation('i')} and ${notHidden('r')} limit 1`,
    [heardAt, LATE_MINUTES],
  )
  return rowCount === 0 ? null : 'GitHub lists no deliveries, although pull requests have changed'
}
