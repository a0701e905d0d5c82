import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { type RunRequest, runRequest } from '#app/ledger/requests.ts'
import { type RequestedBy, type RequestedRun, requestRun } from '#app/ledger/runs.ts'
import { DEFAULT_HISTORY, startOf } from '#app/sync/settings/history.ts'
import { historySetting } from '#app/sync/settings/settings-shape.ts'

/** A sync request of a person or a schedule; omitted fields default to the installation's settings. */
export interface SyncRequest {
  mode?: 'full' | 'incremental' | undefined
  repositories?: string[] | null | undefined
  /** `all`, or an ISO 8601 date or time. */
  since?: string | undefined
  maxPrs?: number | null | undefined
  /** False if no raw record is kept beyond the run. */
  cache?: boolean | undefined
}

/**
 * Requests a sync of an installation, or joins a run that already covers the request.
 *
 * @throws OperatorError if the installation is unknown or inactive.
 */
export async function requestSync(
  pool: Pool,
  installationId: string,
  by: RequestedBy,
  options: SyncRequest,
): Promise<RequestedRun> {
  const request: RunRequest = runRequest.parse({
    mode: options.mode ?? 'incremental',
    repositories: options.repositories?.length ? [...options.repositories].sort() : null,
    since: await sinceOf(pool, installationId, options),
    maxPrs: options.maxPrs ?? null,
    ...(options.cache === false && { cache: false }),
  })
  return requestRun(pool, installationId, by, request)
}

/**
 * Returns the lower end of the requested history. A limited number of newest pull requests may be of any age.
 */
async function sinceOf(
  db: Queryable,
  installationId: string,
  options: SyncRequest,
): Promise<string> {
  if (options.since) return momentOf(options.since)
  return options.maxPrs ? 'all' : historyOf(db, installationId)
}

function momentOf(since: string): string {
  return since === 'all' ? since : new Date(since).toISOString()
}

/**
 * Returns the lower end of an installation's history, truncated to the day so that requests of the same day
 * cover each other.
 */
async function historyOf(db: Queryable, installationId: string): Promise<string> {
  const { rows } = await db.query<{ history: unknown }>(
    `select settings -> 'history' as history from installation where id = $1`,
    [installationId],
  )
  const { data: setting, error } = historySetting.safeParse(rows[0]?.history ?? DEFAULT_HISTORY)
  if (error)
    throw new OperatorError(
      `The settings of the installation are not valid: history: ${error.issues[0]?.message}`,
      '`whence settings --set history=2y` corrects it.',
    )
  return startOf(setting)
}
