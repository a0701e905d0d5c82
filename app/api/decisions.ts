/** The changes that people and programs can make; each checks their scope first. */
import type { Actor } from '#app/audit/record-entry.ts'
import { type ChangeScope, isOperator, mayChange, type Scope } from '#app/auth/scope.ts'
import {
  changeDataset,
  type DatasetChange,
  type DatasetName,
} from '#app/code/ingest/change-dataset.ts'
import { type DeletedCode, type Deletion, deleteCode } from '#app/code/ingest/delete-code.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import type { DatasetSettings } from '#app/code/ingest/read-datasets.ts'
import { type IngestJob, requestIngest } from '#app/code/ingest/request-ingest.ts'
import type { RequestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import type { RequestedRun } from '#app/ledger/runs.ts'
import { cancelJob, retryJob } from '#app/ledger/views/decide.ts'
import { type OwnSearches, openOwnSearches } from '#app/search/saved/saved-searches.ts'
import { openSetup, type Setup } from '#app/setup/open-setup.ts'
import { type OwnTokens, openOwnTokens } from '#app/sign-in/own-tokens.ts'
import { type ChangedSettings, changeInstallation } from '#app/sync/changes/change-settings.ts'
import { type Purged, purgeInstallation, purgeRepository } from '#app/sync/leaving/purge.ts'
import {
  type RequestedSync,
  type RequestServices,
  requestSyncFor,
} from '#app/sync/requests/request-sync-for.ts'
import { changeHook, type HookPart } from '#app/webhooks/hook/change-hook.ts'
import { handleAgain } from '#app/webhooks/log/handle-again.ts'

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
  /** Ingests code into a dataset of a project. */
  requestIngest(project: string, requested: RequestedIngest): Promise<IngestJob>
  /** Deletes ingested code; what takes too long is left to the workers. */
  deleteCode(project: string, wanted: DeletedCode): Promise<Deletion>
  /** Changes when a dataset is indexed again, and before or after what. */
  changeDataset(name: DatasetName, change: DatasetChange): Promise<DatasetSettings>
  /** Sets up the connection to GitHub. */
  setup: Setup
  /** Makes and revokes tokens of the person who asks, which only read. */
  ownTokens: OwnTokens
  /** Keeps and deletes searches of the person who asks, or of the operator. */
  ownSearches: OwnSearches
  /** Has a delivery handled once more. */
  handleAgain(delivery: string): Promise<void>
  /** Gives the App's hook on GitHub what is configured. @returns what was done. */
  changeHook(part: HookPart): Promise<string>
}

/** How long a request erases before the workers take over. */
const PURGE_MS = 20_000

/** Returns the changes of one request. @param personId null for the operator, and for programs. */
export type DecisionsFor = (scope: Scope, actor: Actor, personId?: string | null) => Decisions

export function openDecisions(services: RequestServices): DecisionsFor {
  const { pool } = services
  const ingest = openIngest(services)
  return (scope, actor, personId = null) => ({
    requestSyncFor: async (request) =>
      requestSyncFor(services, changing(scope), { trigger: 'manual', actor }, request),
    cancelJob: async (id) => cancelJob(pool, changing(scope), id, actor),
    retryJob: async (id) => retryJob(pool, changing(scope), id, actor),
    changeInstallation: async (id, change, { dryRun = false } = {}) =>
      changeInstallation(services, id, { scope: changing(scope), actor, change, dryRun }),
    changeHook: async (part) => changeHook(services, changing(scope), part, actor),
    handleAgain: async (delivery) => handleAgain(pool, changing(scope), delivery, actor),
    purgeRepository: async (fullName, { dryRun = false } = {}) =>
      purgeRepository(services, fullName, purgeBy(scope, actor, dryRun)),
    purgeInstallation: async (id, { dryRun = false } = {}) =>
      purgeInstallation(services, id, purgeBy(scope, actor, dryRun)),
    requestIngest: async (project, requested) =>
      requestIngest(
        ingest,
        { scope: changing(scope), actor, trigger: 'manual' },
        project,
        requested,
      ),
    deleteCode: async (project, wanted) =>
      deleteCode(ingest, { ...purgeBy(scope, actor, false), project, wanted }),
    changeDataset: async (name, change) =>
      changeDataset(pool, { scope: changing(scope), actor }, name, change),
    setup: openSetup(services, actor, () => checkOperator(changing(scope))),
    ownTokens: openOwnTokens(services, { scope, actor, personId }),
    ownSearches: openOwnSearches(pool, { scope, personId }),
  })
}

function purgeBy(scope: Scope, actor: Actor, dryRun: boolean) {
  return { scope: changing(scope), actor, dryRun, signal: AbortSignal.timeout(PURGE_MS) }
}

/** @throws RefusedError if the scope allows reading only. The guard has refused such a request before. */
function changing(scope: Scope): ChangeScope {
  if (mayChange(scope)) return scope
  throw new RefusedError('forbidden', READ_ONLY.title, READ_ONLY.hint)
}

/** @throws RefusedError if the change concerns the whole server, and the viewer is not its operator. */
function checkOperator(scope: ChangeScope): void {
  if (isOperator(scope)) return
  throw new RefusedError(
    'forbidden',
    'The set-up belongs to the operator of the server',
    'Ask whoever runs Whence: the operator link signs them in.',
  )
}

/** Answers a write with access that only reads. */
export const READ_ONLY = {
  title: 'This token may only read',
  hint: 'Use a token that may also make changes: `whence token create --operate` creates one.',
}
