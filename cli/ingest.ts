import { codeName, requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { JobStatus } from '#app/sync/status/job-status.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import type { Backend } from './backend.ts'
import { note, print } from './context.ts'
import { countOf } from './count-of.ts'
import { waitForJob } from './wait-for-job.ts'

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
export async function ingest(
  terminal: Terminal,
  backend: Backend,
  options: IngestOptions,
): Promise<number> {
  const job = await backend.requestIngest(options.project, wantedOf(options))
  await note(
    terminal,
    `Job ${job.jobId} (${job.repository}, ${job.branch} into ${job.project}/${job.dataset}): ${job.message}`,
  )
  if (!options.wait) {
    const missing = await backend.missingWorkers()
    if (missing) await note(terminal, missing)
    if (options.json) await print(terminal, JSON.stringify(job, null, 2))
    return 0
  }
  const ended = await waitForEnd(terminal, backend, job.jobId)
  await print(terminal, options.json ? JSON.stringify(ended, null, 2) : describe(ended))
  return ended.status === 'completed' ? 0 : 1
}

/** @throws OperatorError for what is not valid. */
function wantedOf({ repo, project, dataset, branch, sha, shared }: IngestOptions) {
  const wanted = requestedIngest.safeParse({
    ...{ repo, scope: shared ? 'shared' : 'project' },
    ...(dataset !== undefined && { dataset }),
    ...(branch !== undefined && { branch }),
    ...(sha !== undefined && { sha }),
  })
  const problem = wanted.error?.issues[0] ?? codeName.safeParse(project).error?.issues[0]
  if (wanted.data && !problem) return wanted.data
  throw new OperatorError(
    `${problem?.path.join('.') || 'project'}: ${problem?.message}`,
    '`whence ingest --help` says what it takes.',
  )
}

function waitForEnd(terminal: Terminal, backend: Backend, id: string): Promise<JobStatus> {
  let last = ''
  async function show(job: JobStatus): Promise<void> {
    const line = `Job ${id}: ${job.progress} %, ${job.ingest?.phase ?? job.phase}`
    if (line !== last) await note(terminal, line)
    last = line
  }
  return waitForJob(terminal, backend, { id, show })
}

function describe({ id, overall, error, ingest: code }: JobStatus): string {
  const state = `Job ${id}: ${overall.replaceAll('_', ' ')}`
  if (error) return `${state}. ${error}`
  const { files, chunks } = code?.statistics ?? {}
  return files == null
    ? `${state}, nothing had changed`
    : `${state}, ${countOf(files, 'file')}, ${countOf(chunks ?? 0, 'chunk')}`
}
