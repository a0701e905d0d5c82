import type { JobStatus } from '#app/sync/status/job-status.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import type { Backend, WantedSync } from './backend.ts'
import { note, print } from './context.ts'
import { renderNewest } from './render-status.ts'
import { showProgress } from './show-progress.ts'
import { waitForJob } from './wait-for-job.ts'

export interface SyncOptions extends WantedSync {
  wait: boolean
  json: boolean
}

/**
 * Requests a sync of the installations that the names belong to, or of all; with `wait`, waits until it ends.
 */
export async function sync(
  terminal: Terminal,
  backend: Backend,
  { wait, json, ...wanted }: SyncOptions,
): Promise<number> {
  const ids: string[] = []
  for await (const { jobId, account, message } of backend.requestSync(wanted)) {
    ids.push(jobId)
    await note(terminal, `Job ${jobId} (${account}): ${message}`)
  }
  const missing = wait ? null : await backend.missingWorkers()
  if (missing) await note(terminal, missing)
  const jobs = wait
    ? await waitForEnd(terminal, backend, ids)
    : await Promise.all(ids.map((id) => backend.readJob(id)))
  if (json) await print(terminal, JSON.stringify({ jobs }, null, 2))
  else if (wait) for (const job of jobs) await reportEnd(terminal, job)
  return jobs.some((job) => job.overall === 'failed' || job.overall === 'cancelled') ? 1 : 0
}

async function waitForEnd(
  terminal: Terminal,
  backend: Backend,
  ids: string[],
): Promise<JobStatus[]> {
  const progress = showProgress(terminal)
  const jobs: JobStatus[] = []
  try {
    for (const id of ids)
      jobs.push(await waitForJob(terminal, backend, { id, show: progress.show }))
    return jobs
  } finally {
    await progress.end()
  }
}

async function reportEnd(terminal: Terminal, job: JobStatus): Promise<void> {
  const read = job.pullRequests?.read ?? 0
  const state = job.overall.replaceAll('_', ' ')
  await print(
    terminal,
    `Job ${job.id} (${job.installation.account}): ${state}, ${read.toLocaleString('en-US')} pull requests read`,
  )
  for (const line of renderNewest(job)) await print(terminal, line)
  if (job.newest.length > 0)
    await note(terminal, 'Older pull requests were left out; --since all reads them')
  for (const { state: what, name, message } of job.unfinished)
    await print(terminal, `  ${what}: ${name}: ${message}`)
}
