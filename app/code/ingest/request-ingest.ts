/** Asks for code to be ingested. */
import { type Actor, recordIn } from '#app/audit/record-entry.ts'
import { type ChangeScope, isOperator, operated, type Scope } from '#app/auth/scope.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { noteDecision } from '#app/ledger/run-events.ts'
import { queueCode, type Trigger } from '#app/ledger/runs.ts'
import { type FoundCommit, findCommit, type ReadGithub } from './find-repository.ts'
import { datasetOf, type RequestedIngest } from './requested-ingest.ts'
import { ensureLocalTenant, findTenant, type Tenant } from './tenants.ts'

export interface IngestServices {
  pool: Pool
  /** Returns the reader of GitHub for a tenant. @param installationId null reads what is public. */
  readGithub: (installationId: string | null) => ReadGithub
  /** Returns `owner/name` for an address. @throws RefusedError for another host or something else. */
  nameOf: (repo: string) => Promise<string>
  /** Says why there is no code here; null if there is. */
  whyOff: () => Promise<string | null>
  /** How often a work item of a job is tried again before it fails. */
  maxRetries: number
}

export interface IngestBy {
  /** Null for an installation itself, which uses its own projects alone. */
  scope: ChangeScope | null
  actor: Actor
  trigger: Trigger
}

export interface IngestJob {
  jobId: string
  status: 'queued' | 'joined'
  message: string
  project: string
  dataset: string
  /** `owner/name`. */
  repository: string
  branch: string
  sha: string
  scope: 'project' | 'shared'
}

/**
 * Requests that a commit of a repository is ingested into a dataset of a project, both of which are created if
 * need be. An open job for the same commit is joined.
 *
 * @throws RefusedError if the request cannot succeed.
 * @throws OperatorError if it cannot be told now, or there is no git.
 */
export async function requestIngest(
  services: IngestServices,
  by: IngestBy & { scope: ChangeScope },
  project: string,
  requested: RequestedIngest,
): Promise<IngestJob> {
  const { pool, maxRetries } = services
  const off = await services.whyOff()
  if (off)
    throw new OperatorError(`Code is not ingested here: ${off}`, 'Install git, then try again.')
  const repository = await services.nameOf(requested.repo)
  const tenant = await findTenant(pool, by.scope, { repository, actor: by.actor })
  // Nobody else would see what it makes, and it would belong to no account that the person operates.
  if (tenant.installationId === null && !isOperator(by.scope))
    throw new RefusedError(
      'forbidden',
      `${repository} is in no account that you operate`,
      'Choose a repository of an account that you operate, or ask whoever runs Whence.',
    )
  const read = services.readGithub(tenant.hasCredentials ? tenant.installationId : null)
  const { branch, sha } = requested
  const found = await findCommit(read, { repository, branch, sha })
  const { dataset = datasetOf(found.fullName), scope } = requested
  return transaction(pool, (tx) =>
    queueIngest(tx, by, { project, dataset, scope, found, tenant, maxRetries }),
  )
}

export interface QueuedIngest {
  project: string
  dataset: string
  scope: RequestedIngest['scope']
  /** `oid` is null if it is not known yet. */
  found: Omit<FoundCommit, 'oid'> & { oid: string | null }
  tenant: Tenant
  maxRetries: number
}

/** Queues a job, or joins the one that is open for the same commit. */
export async function queueIngest(
  tx: Queryable,
  by: IngestBy,
  { found, project, dataset, scope, ...request }: QueuedIngest,
): Promise<IngestJob> {
  const installationId = request.tenant.installationId ?? (await ensureLocalTenant(tx, by.actor))
  const tenant = { ...request.tenant, installationId }
  const projectId = await holdProject(tx, by.scope, project, installationId)
  const datasetId = await ensureDataset(tx, projectId, dataset, scope)
  const refId = await ensureRef(tx, datasetId, { ...tenant, isFollowed: by.scope === null }, found)
  return queueRef(tx, by, { ...request, project, dataset, scope, found, installationId, refId })
}

export type QueuedRef = Omit<QueuedIngest, 'tenant'> & { installationId: string; refId: string }

/** Queues a job for a branch of a dataset, whose project the caller has locked, or joins the open one. */
export async function queueRef(
  tx: Queryable,
  by: Omit<IngestBy, 'scope'>,
  { refId, installationId, project, dataset, scope, found, maxRetries }: QueuedRef,
): Promise<IngestJob> {
  const facts = {
    ...{ project, dataset, repository: found.fullName, branch: found.branch },
    ...{ sha: found.oid ?? '', scope },
  }
  const open = await findOpen(tx, refId, found)
  if (open) {
    await noteDecision(tx, open, 'joined', { actor: by.actor })
    const message = `Job ${open} ingests it already`
    return { jobId: open, status: 'joined', message, ...facts }
  }
  const jobId = await queueCode(tx, installationId, by)
  await tx.query(
    `insert into ingest (run_id, ref_id, project, dataset, full_name, branch, scope, wanted_oid,
       max_retries)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[jobId, refId, project, dataset, found.fullName, found.branch, scope, found.wantedOid],
      maxRetries,
    ],
  )
  if (by.trigger !== 'schedule')
    await recordIn(tx, {
      ...{ actor: by.actor, action: 'code.requested', installationId },
      ...{ subject: found.fullName, details: { job: jobId, ...facts } },
    })
  return { jobId, status: 'queued', message: 'GitHub ingest job queued', ...facts }
}

/** Creates the project if need be, and locks it: whoever deletes something of it waits. */
async function holdProject(
  tx: Queryable,
  scope: Scope | null,
  name: string,
  installationId: string,
): Promise<string> {
  await tx.query(
    'insert into project (name, installation_id) values ($1, $2) on conflict (name) do nothing',
    [name, installationId],
  )
  const { values, bind } = parametersOf([name, installationId])
  const isOperated = scope ? operated(scope, 'installation_id')(bind) : 'false'
  const { rows } = await tx.query<{ id: string; isOwn: boolean }>(
    `select id, installation_id = $2 or ${isOperated} as is_own from project where name = $1
     for update`,
    values,
  )
  const [project] = rows
  if (project?.isOwn) return project.id
  throw new RefusedError(
    'invalid',
    `The name ${name} is taken`,
    'Choose another name for the project.',
  )
}

async function ensureDataset(
  tx: Queryable,
  projectId: string,
  name: string,
  scope: string,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into dataset (project_id, name, scope) values ($1, $2, $3)
     on conflict (project_id, name) do update set scope = excluded.scope returning id`,
    [projectId, name, scope],
  )
  return rows[0]?.id as string
}

async function ensureRef(
  tx: Queryable,
  datasetId: string,
  { installationId, repositoryId, isFollowed }: Tenant & { isFollowed: boolean },
  { fullName, branch }: QueuedIngest['found'],
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into code_ref (dataset_id, installation_id, repository_id, full_name, branch, is_followed)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (dataset_id, lower(full_name), branch) do update
     set full_name = excluded.full_name, is_followed = code_ref.is_followed and excluded.is_followed
     returning id`,
    [datasetId, installationId, repositoryId, fullName, branch, isFollowed],
  )
  return rows[0]?.id as string
}

/**
 * Returns the open job for the same commit of a ref, if there is one. A job for the newest commit counts as long
 * as it has found none yet, or the same.
 */
async function findOpen(
  tx: Queryable,
  refId: string,
  { wantedOid, oid }: QueuedIngest['found'],
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `select r.id from ingest i join run r on r.id = i.run_id and ${isOpenRun('r')}
     where i.ref_id = $1 and i.wanted_oid is not distinct from $2
       and (i.oid is null or i.oid = $3) order by r.id desc limit 1`,
    [refId, wantedOid, oid],
  )
  return rows[0]?.id ?? null
}
