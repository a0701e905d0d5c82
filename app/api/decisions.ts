/** The changes that people and programs can make; each checks their scope first. */
import type { Actor } from '#app/audit/record-entry.ts'
import type { Scope } from '#app/auth/scope.ts'
import type { RequestedRun } from '#app/ledger/runs.ts'
import { cancelJob, retryJob } from '#app/ledger/views/decide.ts'
import { type Purged, purgeInstallation, purgeRepository } from '#app/sync/leaving/purge.ts'
import { type ChangedSettings, changeInstallation } from '#app/sync/requests/change-settings.ts'
import {
  type RequestedSync,
  type RequestServices,
  requestSyncFor,
} from '#app/sync/requests/request-sync-for.ts'

/** The only writes that a route can make. */
export interface Decisions {
  requestSyncFor(request: RequestedSync): Promise<RequestedRun>
  cancelJob(id: string): Promise<void>
  /** @returns the number of work items that are retried. */
  retryJob(id: string): Promise<number>
  /** Erases the copy of a repository, `owner/name`; what takes too long is left to the workers. */
  purgeRepository(fullName: string, options?: { dryRun?: boolean }): Promise<Purged>
  /** Changes settings of an installation, or says what that would do. */
  changeInstallation(
    id: string,
    change: unknown,
    options?: { dryRun?: boolean },
  ): Promise<ChangedSettings>
  purgeInstallation(id: string, options?: { dryRun?: boolean }): Promise<Purged>
}

/** How long a request erases before the workers take over. */
const PURGE_MS = 20_000

export function openDecisions(
  services: RequestServices,
): (scope: Scope, actor: Actor) => Decisions {
  const { pool } = services
  const purgeSignal = () => AbortSignal.timeout(PURGE_MS)
  return (scope, actor) => ({
    requestSyncFor: (request) =>
      requestSyncFor(services, scope, { trigger: 'manual', actor }, request),
    cancelJob: (id) => cancelJob(pool, scope, id, actor),
    retryJob: (id) => retryJob(pool, scope, id, actor),
    changeInstallation: (id, change, { dryRun = false } = {}) =>
      changeInstallation(services, id, { scope, actor, change, dryRun }),
    purgeRepository: (fullName, { dryRun = false } = {}) =>
      purgeRepository(services, fullName, { scope, actor, dryRun, signal: purgeSignal() }),
    purgeInstallation: (id, { dryRun = false } = {}) =>
      purgeInstallation(services, id, { scope, actor, dryRun, signal: purgeSignal() }),
  })
}
