import { operatorScope } from '#app/auth/scope.ts'
import { deleteCode } from '#app/code/ingest/delete-code.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { requestIngest } from '#app/code/ingest/request-ingest.ts'
import { requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { type CodeQuery, findCode } from '#app/code/search/find-code.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { openPipeline } from '#server/services/pipeline.ts'
import type { Services } from '#server/services/services.ts'
import { openTestServices } from '#test/services/setup.ts'
import { startWorkers } from '#workers/index.ts'

const LONGEST_MS = 30_000
const scope = operatorScope()
const actor = 'operator'

/**
 * Opens a Whence with workers that ingests from a GitHub of code.
 *
 * @param longestMs time limit of a job.
 */
export async function openCodeWhence(
  github: { url: string },
  config: Partial<Config> = {},
  longestMs = LONGEST_MS,
) {
  const test = await openTestServices()
  const addresses = { GITHUB_API_URL: github.url, GITHUB_WEB_URL: github.url }
  const services = {
    ...test.services,
    config: { ...test.services.config, ...addresses, ...config },
  }
  const { pool } = services.database
  const asking = openIngest({ pool, config: services.config, github: null })
  let workers = await startCodeWorkers(services)

  function request(repo: string, options: object = {}, project = 'core') {
    const by = { scope, actor, trigger: 'manual' as const }
    return requestIngest(asking, by, project, requestedIngest.parse({ repo, ...options }))
  }

  return {
    ...{ pool, services, request },
    ended: (id: string) => untilEnded(pool, id, longestMs),
    jobOf: (id: string) => jobOf(pool, id),
    /** Ingests and waits for the end. */
    async ingest(repo: string, options: object = {}, project?: string): Promise<Job> {
      return untilEnded(pool, (await request(repo, options, project)).jobId, longestMs)
    },
    find: (text: string, more: Partial<CodeQuery> = {}) =>
      findCode(pool, scope, { text, limit: 10, ...more }),
    remove(project: string, wanted: { dataset?: string; repo?: string }) {
      const signal = AbortSignal.timeout(20_000)
      return deleteCode(asking, { scope, actor, project, wanted, signal })
    },
    async restart(): Promise<void> {
      await workers.close()
      workers = await startCodeWorkers(services)
    },
    async close(): Promise<void> {
      await workers.close()
      await test.close()
    },
  }
}

function startCodeWorkers(services: Services) {
  const { handlers, initialItems } = openPipeline(services, 20)
  return startWorkers({
    ...services,
    ...{ handlers, initialItems },
    slots: { extraction: 2, transform: 2, embedding: 1 },
    timings: { sweep: 100 },
  })
}

async function jobOf(pool: Pool, id: string): Promise<Job> {
  const [job] = await readJobs(pool, scope, { runId: id })
  if (!job) throw new Error(`There is no job ${id}`)
  return job
}

async function untilEnded(pool: Pool, id: string, longestMs: number): Promise<Job> {
  const deadline = Date.now() + longestMs
  for (;;) {
    const { rowCount } = await pool.query(
      `select from run r where r.id = $1 and ${isOpenRun('r')}`,
      [id],
    )
    if (rowCount === 0) return jobOf(pool, id)
    if (Date.now() > deadline)
      throw new Error(`Still at work: ${JSON.stringify(await jobOf(pool, id), null, 1)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
