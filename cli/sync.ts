import { setTimeout as sleep } from 'node:timers/promises'
import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { readBudgets } from '#app/github/budgets.ts'
import { openGithub } from '#app/github/client.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { chooseInstallations } from '#app/sync/requests/choose-installations.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { readProgress } from '#app/sync/status/progress.ts'
import type { Services } from '#server/services/services.ts'
import { cliActor } from './actor.ts'
import { addNewest, type JobWithNewest, renderNewest } from './add-newest.ts'
import { type CommandContext, note, print } from './context.ts'
import { warnOfMissingWorkers } from './missing-workers.ts'
import { namedRepositories } from './named-repositories.ts'
import { requireAccess } from './require-access.ts'
import { showProgress } from './show-progress.ts'
import { withServices } from './with-services.ts'

const POLL_MS = 500
const ENDED = new Set(['finished', 'finished_with_gaps', 'failed', 'cancelled'])

export interface SyncOptions {
  repo: string[]
  mode?: 'full' | 'incremental'
  since?: string
  maxPrs?: number
  cache: boolean
  wait: boolean
  json: boolean
}

/**
 * Requests a sync of the installations that the names belong to, or of all; with `wait`, waits until it ends.
 */
export async function sync(context: CommandContext, options: SyncOptions): Promise<number> {
  return withServices(context, { works: options.wait }, (services) =>
    runSync(context, services, options),
  )
}

async function runSync(
  context: CommandContext,
  services: Services,
  options: SyncOptions,
): Promise<number> {
  const { config, logger } = services
  const { pool } = services.database
  await requireAccess(pool, config)
  const names = await namedRepositories(pool, config, options.repo)
  await syncNewInstallations(pool, config, logger).catch((cause: Error) => {
    throw new OperatorError(
      `GitHub did not return the list of installations: ${cause.message}`,
      'Check the credentials and the address of the API, then run the command again.',
      { cause },
    )
  })
  const checks = { pool, logger, github: openGithub({ pool, config, logger }) }
  const requests = await chooseInstallations(await services.database.prisma(), checks, names)
  const runs: string[] = []
  const by = { trigger: 'cli', actor: cliActor() } as const
  for (const { installationId, account, repositories } of requests) {
    const { mode, since, maxPrs, cache } = options
    const requested = await requestSync(pool, installationId, by, {
      mode,
      since,
      maxPrs,
      cache,
      repositories,
    })
    runs.push(requested.runId)
    await note(context, `Job ${requested.runId} (${account}): ${requested.message}`)
  }
  if (!options.wait) {
    const missing = await warnOfMissingWorkers(pool, config.profile)
    if (missing) await note(context, missing)
  }
  const jobs = options.wait
    ? await waitForEnd(context, services, runs)
    : await readForced(services, runs)
  const shown = await addNewest(pool, jobs)
  if (options.json) await print(context, JSON.stringify({ jobs: shown }, null, 2))
  else if (options.wait) for (const job of shown) await reportEnd(context, services, job)
  return jobs.some((job) => job.overall === 'failed' || job.overall === 'cancelled') ? 1 : 0
}

async function readForced({ database }: Services, runs: string[]): Promise<Job[]> {
  const jobs = await Promise.all(
    runs.map((runId) => readJobs(database.pool, operatorScope(), { runId })),
  )
  return jobs.flat()
}

async function waitForEnd(
  context: CommandContext,
  services: Services,
  runs: string[],
): Promise<Job[]> {
  const progress = showProgress(context)
  for (;;) {
    const jobs = await readForced(services, runs)
    const open = jobs.find((job) => !ENDED.has(job.overall))
    if (!open) {
      await progress.end()
      return jobs
    }
    const { pool } = services.database
    await progress.show(open, {
      ...(await readProgress(pool, operatorScope(), open.id ?? '')),
      budgets: await readBudgets(pool, operatorScope()),
    })
    await sleep(POLL_MS, undefined, { signal: context.signal })
  }
}

async function reportEnd(
  context: CommandContext,
  { database }: Services,
  job: JobWithNewest,
): Promise<void> {
  const { read: done } = await readProgress(database.pool, operatorScope(), job.id ?? '')
  const state = job.overall.replaceAll('_', ' ')
  await print(
    context,
    `Job ${job.id} (${job.installation.account}): ${state}, ${done.toLocaleString('en-US')} pull requests read`,
  )
  for (const line of renderNewest(job)) await print(context, line)
  if (job.newest.length > 0)
    await note(context, 'Older pull requests were left out; --since all reads them')
  for (const { state: what, name, message } of job.unfinished)
    await print(context, `  ${what}: ${name}: ${message}`)
}
