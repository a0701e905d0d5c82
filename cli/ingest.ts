import { setTimeout as sleep } from 'node:timers/promises'
import { operatorScope } from '#app/auth/scope.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { type IngestJob, requestIngest } from '#app/code/ingest/request-ingest.ts'
import { codeName, requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { openGithub } from '#app/github/client.ts'
import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import type { Services } from '#server/services/services.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { countOf } from './count-of.ts'
import { warnOfMissingWorkers } from './missing-workers.ts'
import { withServices } from './with-services.ts'

const POLL_MS = 500

export interface IngestOptions {
  repo: string
  project: string
  dataset?: string
  branch?: string
  sha?: string
  shared: boolean
  wait: boolean
  json: boolean
}

/** Requests that the code of a repository is ingested; with `wait`, waits until the job ends. */
export async function ingest(context: CommandContext, options: IngestOptions): Promise<number> {
  return withServices(context, { works: options.wait }, (services) =>
    runIngest(context, services, options),
  )
}

async function runIngest(
  context: CommandContext,
  services: Services,
  options: IngestOptions,
): Promise<number> {
  const job = await request(services, options)
  await note(
    context,
    `Job ${job.jobId} (${job.repository}, ${job.branch} into ${job.project}/${job.dataset}): ${job.message}`,
  )
  if (!options.wait) {
    const missing = await warnOfMissingWorkers(services.database.pool, services.config.profile)
    if (missing) await note(context, missing)
    if (options.json) await print(context, JSON.stringify(job, null, 2))
    return 0
  }
  const ended = await waitForEnd(context, services, job.jobId)
  if (options.json) await print(context, JSON.stringify(ended, null, 2))
  else await print(context, describe(ended))
  return ended.status === 'completed' ? 0 : 1
}

async function request(services: Services, options: IngestOptions): Promise<IngestJob> {
  const { config, logger } = services
  const { pool } = services.database
  const { repo, project, dataset, branch, sha, shared } = options
  const wanted = requestedIngest.safeParse({
    ...{ repo, scope: shared ? 'shared' : 'project' },
    ...(dataset !== undefined && { dataset }),
    ...(branch !== undefined && { branch }),
    ...(sha !== undefined && { sha }),
  })
  const problem = wanted.error?.issues[0] ?? codeName.safeParse(project).error?.issues[0]
  if (problem || !wanted.data)
    throw new OperatorError(
      `${problem?.path.join('.') || 'project'}: ${problem?.message}`,
      '`whence ingest --help` says what it takes.',
    )
  const github = openGithub({ pool, config, logger })
  const by = { scope: operatorScope(), actor: cliActor(), trigger: 'cli' } as const
  return requestIngest(openIngest({ pool, config, github }), by, project, wanted.data)
}

async function waitForEnd(
  context: CommandContext,
  { database }: Services,
  runId: string,
): Promise<Job> {
  let last = ''
  for (;;) {
    const [job] = await readJobs(database.pool, operatorScope(), { runId })
    if (!job) throw new OperatorError(`Job ${runId} was deleted`, 'Request it again.')
    if (!isOpen(job.overall)) return job
    const line = `Job ${runId}: ${job.progress} %, ${job.ingest?.phase ?? job.phase}`
    if (line !== last) await note(context, line)
    last = line
    await sleep(POLL_MS, undefined, { signal: context.signal })
  }
}

function describe({ id, overall, error, ingest: code }: Job): string {
  const state = `Job ${id}: ${overall.replaceAll('_', ' ')}`
  if (error) return `${state}. ${error}`
  const { files, chunks } = code?.statistics ?? {}
  return files == null
    ? `${state}, nothing had changed`
    : `${state}, ${countOf(files, 'file')}, ${countOf(chunks ?? 0, 'chunk')}`
}
