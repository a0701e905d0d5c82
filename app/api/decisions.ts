/** The changes that people and programs can make; each checks their scope first. */
import type { Scope } from '#app/auth/scope.ts'
import type { RequestedRun } from '#app/ledger/runs.ts'
import { cancelJob, retryJob } from '#app/ledger/views/decide.ts'
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
}

export function openDecisions(services: RequestServices): (scope: Scope) => Decisions {
  const { pool } = services
  return (scope) => ({
    requestSyncFor: (request) => requestSyncFor(services, scope, 'manual', request),
    cancelJob: (id) => cancelJob(pool, scope, id),
    retryJob: (id) => retryJob(pool, scope, id),
  })
}
